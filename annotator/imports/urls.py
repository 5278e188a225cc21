"""Addresses of the room."""

from django.urls import path

from annotator.imports import views

app_name = "imports"
urlpatterns = [
    path("dataset/<uuid:dataset_id>/", views.new, name="new"),
    path("dataset/<uuid:dataset_id>/preview/", views.preview, name="preview"),
    path("<uuid:import_id>/", views.detail, name="detail"),
    path("<uuid:import_id>/resume/", views.resume, name="resume"),
    path("<uuid:import_id>/files/", views.files, name="files"),
    path("<uuid:import_id>/start/", views.start, name="start"),
    path("<uuid:import_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:import_id>/names/", views.names, name="names"),
    path("<uuid:import_id>/report.csv", views.report_csv, name="report_csv"),
]
