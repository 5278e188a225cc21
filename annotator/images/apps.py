"""Makes the room known to Django."""

from django.apps import AppConfig


class ImagesConfig(AppConfig):
    """Image files, thumbnails, detection labels and objects."""

    name = "annotator.images"
