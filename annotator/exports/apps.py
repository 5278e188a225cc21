"""Makes the room known to Django."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Training files: a dataset as JSONL with its images."""

    name = "annotator.exports"
