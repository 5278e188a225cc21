"""Makes the room known to Django."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    """The labeling page of one sample: draft, submit, next."""

    name = "annotator.annotation"
