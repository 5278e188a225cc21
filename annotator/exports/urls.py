"""Addresses of the room."""

from django.urls import path

from annotator.exports import views

app_name = "exports"
urlpatterns = [
    path("dataset/<uuid:dataset_id>/", views.choose, name="choose"),
    path("dataset/<uuid:dataset_id>/download.zip", views.download, name="download"),
]
