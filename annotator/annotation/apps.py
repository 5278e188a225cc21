"""Makes the room known to Django."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    """The labeling page of one sample: draft, submit, next."""

    name = "annotator.annotation"

    def ready(self) -> None:
        """Release the work of people who leave a workspace."""
        from annotator.accounts import leaving
        from annotator.annotation.actions import release_work

        if release_work not in leaving.RELEASERS:
            leaving.RELEASERS.append(release_work)
