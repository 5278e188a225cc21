"""Makes the room known to Django."""

from django.apps import AppConfig


class PushConfig(AppConfig):
    """Local to remote: sends what is approved, remembers what was sent."""

    name = "annotator.push"

    def ready(self) -> None:
        """Keep how many deliveries there are."""
        from annotator import counting
        from annotator.push.counting import DELIVERIES

        counting.keep(DELIVERIES)
