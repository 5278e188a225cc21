"""Makes the room known to Django."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """The queue of answers that await a verdict: approve, edit, return."""

    name = "annotator.review"
