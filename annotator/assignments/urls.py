"""Addresses of the room."""

from django.urls import path

from annotator.assignments import views

app_name = "assignments"
urlpatterns = [
    path("<uuid:dataset_id>/", views.overview, name="overview"),
    path("<uuid:dataset_id>/assign/", views.assign, name="assign"),
    path("distribution/<uuid:distribution_id>/", views.distribution, name="distribution"),
    path("assignment/<int:assignment_id>/change/", views.change, name="change"),
]
