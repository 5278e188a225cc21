"""Addresses of the room: files only."""

from django.urls import path

from annotator.images import views

app_name = "images"
urlpatterns = [
    path("objects/<uuid:object_id>/<str:name>", views.crop, name="crop"),
    path("<uuid:image_id>/<slug:kind>/<str:name>", views.file, name="file"),
]
