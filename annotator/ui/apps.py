"""Makes the room known to Django."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Icons, numbers, charts and headers of every page; knows nothing of the product."""

    name = "annotator.ui"
