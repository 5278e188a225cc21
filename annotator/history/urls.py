"""Addresses of the room."""

from django.urls import path

from annotator.history import views

app_name = "history"
urlpatterns = [
    path("of/<uuid:sample_id>/", views.of_sample, name="of_sample"),
    path("<str:kind>/<int:revision_id>/restore/", views.restore, name="restore"),
]
