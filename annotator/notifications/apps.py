"""Makes the room known to Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """What happened that somebody wants to know."""

    name = "annotator.notifications"
