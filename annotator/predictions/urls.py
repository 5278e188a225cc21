"""Addresses of the room."""

from django.urls import path

from annotator.predictions.views import predictions

app_name = "predictions"
urlpatterns = [
    path("dataset/<uuid:dataset_id>/", predictions.new, name="new"),
    path("<uuid:prediction_id>/", predictions.show, name="show"),
    path("<uuid:prediction_id>/cancel/", predictions.cancel, name="cancel"),
    path("<uuid:prediction_id>/resume/", predictions.resume, name="resume"),
]
