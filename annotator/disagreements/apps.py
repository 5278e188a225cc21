"""Makes the room known to Django."""

from django.apps import AppConfig


class DisagreementsConfig(AppConfig):
    """Where suggestions differ from accepted values, and who is right."""

    name = "annotator.disagreements"
