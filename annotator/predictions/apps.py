"""Makes the room known to Django."""

from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    """Jobs in which a model predicts values; what it predicts are suggestions."""

    name = "annotator.predictions"
