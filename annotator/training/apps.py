"""Makes the room known to Django."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """Tasks and model versions: starts training, follows it."""

    name = "annotator.training"
