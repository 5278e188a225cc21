"""Addresses of the room."""

from django.urls import path

from annotator.annotation import views

app_name = "annotation"
urlpatterns = [
    path("", views.start, name="start"),
    path("<uuid:dataset_id>/next/", views.next_sample, name="next"),
    path("<uuid:dataset_id>/ahead/", views.ahead, name="ahead"),
    path("sample/<uuid:sample_id>/", views.sample, name="sample"),
    path("sample/<uuid:sample_id>/value/<uuid:variable_id>/", views.value, name="value"),
    path("sample/<uuid:sample_id>/preview/", views.preview, name="preview"),
    path("sample/<uuid:sample_id>/hold/", views.hold, name="hold"),
    path("sample/<uuid:sample_id>/draft/", views.draft, name="draft"),
    path("sample/<uuid:sample_id>/submit/", views.submit, name="submit"),
    path("sample/<uuid:sample_id>/skip/", views.skip, name="skip"),
    path("sample/<uuid:sample_id>/undo/", views.undo, name="undo"),
]
