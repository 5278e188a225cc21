"""Makes the room known to Django."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Demo data, drawn on the spot: something to look at in the first minute."""

    name = "annotator.demo"
