"""Makes the room known to Django."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    """The labeling page of one sample: draft, submit, next."""

    name = "annotator.annotation"

    def ready(self) -> None:
        """Release the work of people who leave a workspace; keep how many answers there are."""
        from annotator import counting
        from annotator.accounts import leaving
        from annotator.annotation.actions import release_work
        from annotator.annotation.counting import ANSWERS

        if release_work not in leaving.RELEASERS:
            leaving.RELEASERS.append(release_work)
        counting.keep(ANSWERS)
