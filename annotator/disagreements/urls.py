"""Addresses of the room."""

from django.urls import path

from annotator.disagreements import views

app_name = "disagreements"
urlpatterns = [
    path("<uuid:dataset_id>/", views.overview, name="overview"),
    path("<uuid:dataset_id>/compare/", views.compare, name="compare"),
    path("<uuid:dataset_id>/queue/", views.queue, name="queue"),
    path("<uuid:dataset_id>/judged/", views.judged, name="judged"),
    path("one/<int:disagreement_id>/judge/", views.judge, name="judge"),
    path("one/<int:disagreement_id>/undo/", views.take_back, name="take_back"),
]
