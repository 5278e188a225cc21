"""`manage.py training_doctor`: what a local training of a vision-language model finds on this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.training import bases, venv
from annotator.training.backends.vlm import Vlm
from annotator.training.probe import probe


class Command(BaseCommand):
    """Shows device, memory, precision, versions and bases; ends with 1 when no training can run."""

    help = "Show the device, memory, versions and base models that a training would use."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what there is; CommandError with the reason and the command that helps."""
        environment = venv.environment()
        self.stdout.write(f"environment  {environment.folder}")
        for name, version in environment.versions().items():
            self.stdout.write(f"{name:<12} {version}")
        for base in bases.bases():
            self.stdout.write(f"base         {base.name}: {base.label}")
            if missing := venv.missing(base.extra):
                self.stdout.write(f"             {missing}")
        availability = Vlm().availability()
        if not availability.ok:
            raise CommandError(availability.advice)
        for name, value in probe().items():
            self.stdout.write(f"{name:<12} {value}")
