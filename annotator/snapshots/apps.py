"""Makes the room known to Django."""

from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    """Named states of datasets."""

    name = "annotator.snapshots"
