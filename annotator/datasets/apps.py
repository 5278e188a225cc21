"""Makes the room known to Django."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Prompts, datasets, variables, samples and their values; the gallery."""

    name = "annotator.datasets"
