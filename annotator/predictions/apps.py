"""Makes the room known to Django."""

from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    """Jobs in which a model predicts values; what it predicts are suggestions."""

    name = "annotator.predictions"

    def ready(self) -> None:
        """Let the keys of endpoints be encrypted anew with all tokens."""
        from annotator.connections import tokens

        column = ("predictions.Endpoint", "encrypted_key")
        if column not in tokens.ENCRYPTED:
            tokens.ENCRYPTED.append(column)
