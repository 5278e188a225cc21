"""The registry of what can train a task on this machine.

A backend describes itself (`Backend`); the training is a child process that knows nothing of the database
(`annotator.training.runner`): it reads a job folder, writes events, and ends. So its memory is freed for
certain, it can be killed, and another machine could run the same folder.
"""

from __future__ import annotations

from annotator.training.backends.baseline import Baseline
from annotator.training.backends.command import Command
from annotator.training.backends.interface import Availability, Backend, Curve, Device
from annotator.training.backends.vlm import Vlm

BACKENDS: dict[str, Backend] = {backend.name: backend for backend in (Baseline(), Vlm(), Command())}

__all__ = ["BACKENDS", "Availability", "Backend", "Curve", "Device"]
