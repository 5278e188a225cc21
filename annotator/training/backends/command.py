"""Trains where the operator's own command line leads: a cluster, another machine (docs/job-folder.md)."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings

from annotator.training.backends.interface import Availability, Device
from annotator.training.backends.vlm import Vlm


class Command(Vlm):
    """A vision-language model that is trained elsewhere: the command gets the job folder, and waits."""

    name: str = "command"
    label: str = "Vision-language model, on a cluster"
    description: str = "Fine-tunes a base model on a cluster or another machine."
    device: Device = Device.ELSEWHERE

    def availability(self) -> Availability:
        """Whether the operator has set a command. What it needs is its own matter."""
        if settings.TRAINING_COMMAND:
            return Availability(ok=True)
        reason = "The operator has set no TRAINING_COMMAND."
        return Availability(ok=False, reason=reason, offered=False)

    def command(self, folder: Path) -> list[str]:
        """A process of the app's Python that starts the command, and passes on what it is asked to do."""
        line = settings.TRAINING_COMMAND
        return [sys.executable, "-m", "annotator.training.runner.command", str(folder), line]
