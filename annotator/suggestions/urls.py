"""Addresses of the room."""

from django.urls import path

from annotator.suggestions import views

app_name = "suggestions"
urlpatterns = [
    path("dataset/<uuid:dataset_id>/", views.suggestions, name="sources"),
    path("dataset/<uuid:dataset_id>/find/", views.find, name="find"),
]
