"""Makes the room known to Django."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """The remotes of a workspace: their address, their token (encrypted), their state."""

    name = "annotator.connections"
