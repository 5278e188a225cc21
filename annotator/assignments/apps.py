"""Makes the room known to Django."""

from django.apps import AppConfig


class AssignmentsConfig(AppConfig):
    """Assigning samples to people, one by one and many at once."""

    name = "annotator.assignments"
