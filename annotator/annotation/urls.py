"""Addresses of the room."""

from django.urls import path

from annotator.annotation import views

app_name = "annotation"
urlpatterns = [
    path("", views.start, name="start"),
    path("<uuid:dataset_id>/people/", views.asking, name="asking"),
    path("<uuid:dataset_id>/standing/", views.standing, name="standing"),
    path("<uuid:dataset_id>/next/", views.next_sample, name="next"),
    path("<uuid:dataset_id>/ahead/", views.ahead, name="ahead"),
    path("<uuid:dataset_id>/release/", views.release, name="release"),
    path("variable/<uuid:variable_id>/complete/", views.complete, name="complete"),
    path("sample/<uuid:sample_id>/", views.sample, name="sample"),
    path("sample/<uuid:sample_id>/save/", views.save, name="save"),
    path("sample/<uuid:sample_id>/hold/", views.hold, name="hold"),
    path("sample/<uuid:sample_id>/hand-over/", views.hand_over, name="hand_over"),
    path("sample/<uuid:sample_id>/draft/", views.draft, name="draft"),
    path("sample/<uuid:sample_id>/submit/", views.submit, name="submit"),
    path("sample/<uuid:sample_id>/skip/", views.skip, name="skip"),
    path("sample/<uuid:sample_id>/undo/", views.undo, name="undo"),
]
