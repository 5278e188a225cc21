"""Makes the room known to Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API that scripts use: the same shape as the remote's."""

    name = "annotator.api"
