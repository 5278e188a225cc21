"""Makes the room known to Django."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Prompts, datasets, variables, samples and their values; the gallery."""

    name = "annotator.datasets"

    def ready(self) -> None:
        """Keep how many samples there are."""
        from annotator import counting
        from annotator.datasets.counting import ASSIGNMENTS, SAMPLES

        counting.keep(ASSIGNMENTS, SAMPLES)
