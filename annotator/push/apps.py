"""Makes the room known to Django."""

from django.apps import AppConfig


class PushConfig(AppConfig):
    """Local to remote: sends what is approved, remembers what was sent."""

    name = "annotator.push"
