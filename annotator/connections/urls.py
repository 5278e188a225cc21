"""Addresses of the room."""

from django.urls import path

from annotator.connections import views

app_name = "connections"
urlpatterns = [
    path("", views.list_remotes, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:remote_id>/edit/", views.edit, name="edit"),
    path("<uuid:remote_id>/test/", views.test, name="test"),
    path("<uuid:remote_id>/pause/", views.pause, name="pause"),
    path("<uuid:remote_id>/resume/", views.resume, name="resume"),
    path("<uuid:remote_id>/remove/", views.remove, name="remove"),
]
