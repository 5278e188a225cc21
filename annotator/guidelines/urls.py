"""Addresses of the room."""

from django.urls import path

from annotator.guidelines import views

app_name = "guidelines"
urlpatterns = [
    path("<uuid:dataset_id>/", views.guidelines, name="guidelines"),
    path("<uuid:dataset_id>/read/", views.read, name="read"),
    path("<uuid:dataset_id>/write/", views.write, name="write"),
]
