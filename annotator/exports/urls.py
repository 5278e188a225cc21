"""Addresses of the room."""

from django.urls import path, re_path

from annotator.exports.views import choosing, files, snapshots

app_name = "exports"
urlpatterns = [
    path("dataset/<uuid:dataset_id>/", choosing.choose, name="choose"),
    path("dataset/<uuid:dataset_id>/download.zip", choosing.download, name="download"),
    path("dataset/<uuid:dataset_id>/start/", files.start, name="start"),
    path("dataset/<uuid:dataset_id>/snapshots/", snapshots.list_, name="snapshots"),
    path("snapshot/<uuid:snapshot_id>/", snapshots.show, name="snapshot"),
    path("snapshot/<uuid:snapshot_id>/delete/", snapshots.delete, name="delete_snapshot"),
    path("<uuid:job_id>/", files.show, name="show"),
    path("<uuid:job_id>/cancel/", files.cancel, name="cancel"),
    path("<uuid:job_id>/delete/", files.delete, name="delete"),
    path("<uuid:job_id>/file.zip", files.file, name="file"),
    re_path(
        r"^archive/(?P<signed>[0-9A-Za-z:_-]{1,200})/(?P<name>[-\w]{1,300}\.zip)$",
        files.archive,
        name="archive",
    ),
]
