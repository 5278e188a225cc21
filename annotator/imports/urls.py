"""Addresses of the room."""

from django.urls import path

from annotator.imports import views
from annotator.imports.answers import views as answers

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
    path("dataset/<uuid:dataset_id>/answers/", answers.new, name="answers_new"),
    path("dataset/<uuid:dataset_id>/answers/preview/", answers.preview, name="answers_preview"),
    path("answers/<uuid:answer_import_id>/", answers.detail, name="answers"),
    path("answers/<uuid:answer_import_id>/files/", answers.files, name="answers_files"),
    path("answers/<uuid:answer_import_id>/start/", answers.start, name="answers_start"),
    path("answers/<uuid:answer_import_id>/reading/", answers.reading, name="answers_reading"),
    path("answers/<uuid:answer_import_id>/columns/", answers.columns, name="answers_columns"),
    path("answers/<uuid:answer_import_id>/mend/", answers.mend, name="answers_mend"),
    path("answers/<uuid:answer_import_id>/import/", answers.run, name="answers_import"),
    path("answers/<uuid:answer_import_id>/cancel/", answers.cancel, name="answers_cancel"),
    path("answers/<uuid:answer_import_id>/undo/", answers.undo, name="answers_undo"),
    path("answers/<uuid:answer_import_id>/report.csv", answers.report_csv, name="answers_csv"),
]
