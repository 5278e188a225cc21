"""Makes the room known to Django."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Own pictures: a folder or a zip becomes the samples of a dataset."""

    name = "annotator.imports"
