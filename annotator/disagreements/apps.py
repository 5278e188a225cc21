"""Makes the room known to Django."""

from django.apps import AppConfig


class DisagreementsConfig(AppConfig):
    """Where suggestions differ from accepted values, and who is right."""

    name = "annotator.disagreements"

    def ready(self) -> None:
        """Keep how many disagreements there are."""
        from annotator import counting
        from annotator.disagreements.counting import DISAGREEMENTS

        counting.keep(DISAGREEMENTS)
