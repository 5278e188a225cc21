"""Makes the room known to Django."""

from django.apps import AppConfig


class SuggestionsConfig(AppConfig):
    """What models and scripts propose for values."""

    name = "annotator.suggestions"

    def ready(self) -> None:
        """Let the gallery filter by suggestions."""
        from annotator.datasets.queries import filters
        from annotator.suggestions import gallery

        if gallery.read not in filters.EXTRA_READERS:
            filters.EXTRA_READERS.append(gallery.read)
