"""Makes the room known to Django."""

from django.apps import AppConfig


class MirrorConfig(AppConfig):
    """Remote to local: keeps our copy of every remote row up to date."""

    name = "annotator.mirror"
