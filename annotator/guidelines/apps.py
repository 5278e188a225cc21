"""Makes the room known to Django."""

from django.apps import AppConfig


class GuidelinesConfig(AppConfig):
    """The guidelines of datasets."""

    name = "annotator.guidelines"
