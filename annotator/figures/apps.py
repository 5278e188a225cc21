"""Makes the room known to Django."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """Figures about people's work."""

    name = "annotator.figures"
