"""Makes the room known to Django."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The start page: what waits for me, what runs, how far each dataset is."""

    name = "annotator.home"
