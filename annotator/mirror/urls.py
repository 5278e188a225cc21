"""Addresses of the room."""

from django.urls import path

from annotator.mirror import views

app_name = "mirror"
urlpatterns = [
    path("remote/<uuid:remote_id>/", views.browse, name="browse"),
    path("remote/<uuid:remote_id>/runs/", views.runs, name="runs"),
    path("remote/<uuid:remote_id>/<str:remote_dataset_id>/", views.plan, name="plan"),
    path("remote/<uuid:remote_id>/<str:remote_dataset_id>/start/", views.start, name="start"),
    path("<uuid:run_id>/", views.run, name="run"),
    path("<uuid:run_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:run_id>/resume/", views.resume, name="resume"),
    path("<uuid:run_id>/retry-images/", views.retry_images, name="retry_images"),
]
