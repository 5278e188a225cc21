"""Makes the room known to Django."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """What became of each field of a sample, and back to an earlier value."""

    name = "annotator.history"
