"""Makes the project itself known to Django, for what every process with Django needs."""

from importlib import import_module

from django.apps import AppConfig


class AnnotatorConfig(AppConfig):
    """The project."""

    name = "annotator"

    def ready(self) -> None:
        """Load the Celery application: without it a job would not know its queue and its broker."""
        import_module("annotator.celery")
