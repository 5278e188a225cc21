"""Addresses of the room."""

from django.urls import path

from annotator.predictions.views import endpoints, predictions

app_name = "predictions"
urlpatterns = [
    path("dataset/<uuid:dataset_id>/", predictions.new, name="new"),
    path("endpoints/", endpoints.list_, name="endpoints"),
    path("endpoints/new/", endpoints.new, name="new_endpoint"),
    path("endpoints/<uuid:endpoint_id>/", endpoints.edit, name="endpoint"),
    path("endpoints/<uuid:endpoint_id>/delete/", endpoints.delete, name="delete_endpoint"),
    path("<uuid:prediction_id>/", predictions.show, name="show"),
    path("<uuid:prediction_id>/cancel/", predictions.cancel, name="cancel"),
    path("<uuid:prediction_id>/resume/", predictions.resume, name="resume"),
]
