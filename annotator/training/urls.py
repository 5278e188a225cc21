"""Addresses of the room."""

from django.urls import path

from annotator.training.views import bases, changes, comparisons, predictions, runs, tasks, versions

app_name = "training"
urlpatterns = [
    path("", tasks.tasks, name="tasks"),
    path("new/", tasks.new, name="new"),
    path("bases/", bases.show, name="bases"),
    path("<uuid:task_id>/", tasks.show, name="task"),
    path("<uuid:task_id>/settings/", tasks.settings, name="settings"),
    path("<uuid:task_id>/delete/", tasks.delete, name="delete"),
    path("<uuid:task_id>/train/", runs.train, name="train"),
    path("<uuid:task_id>/compare/", comparisons.compare, name="compare"),
    path("<uuid:task_id>/compare.csv", comparisons.compare_csv, name="compare-csv"),
    path("runs/<uuid:run_id>/", runs.show, name="run"),
    path("runs/<uuid:run_id>/cancel/", runs.cancel, name="cancel"),
    path("runs/<uuid:run_id>/end-early/", runs.end_early, name="end-early"),
    path("runs/<uuid:run_id>/resume/", runs.resume, name="resume"),
    path("versions/<uuid:version_id>/", versions.show, name="version"),
    path("versions/<uuid:version_id>/predictions/", predictions.predictions, name="predictions"),
    path("versions/<uuid:version_id>/changes/", changes.changes, name="changes"),
    path("versions/<uuid:version_id>/download/", versions.download, name="download"),
    path("versions/<uuid:version_id>/production/", versions.production, name="production"),
]
