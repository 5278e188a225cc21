"""Makes the room known to Django."""

from django.apps import AppConfig


class CommentsConfig(AppConfig):
    """What people say to each other about a sample, and what of it waits for whom."""

    name = "annotator.comments"
