"""Makes the room known to Django."""

from django.apps import AppConfig


class SuggestionsConfig(AppConfig):
    """What models and scripts propose for values."""

    name = "annotator.suggestions"
