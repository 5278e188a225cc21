"""What a backend must offer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.db.models import TextChoices

from annotator.training.backends.parameters import Parameter


class Device(TextChoices):
    """What a training computes on."""

    PROCESSOR = "cpu", "the processor"
    GPU = "gpu", "a GPU"
    ELSEWHERE = "elsewhere", "another machine"
    GPU_OR_PROCESSOR = "gpu_or_cpu", "a GPU, or the processor where there is none"


@dataclass(frozen=True, kw_only=True)
class Availability:
    """Whether a backend can run here. If not: why, and the command line that changes it, if there is one.

    One that is not `offered` is not shown where a task is made: nobody needs to know of it.
    """

    ok: bool
    reason: str = ""
    command: str = ""
    offered: bool = True

    @property
    def advice(self) -> str:
        """The reason and what to do, as sentences; empty when the backend is available."""
        return f"{self.reason} Run: {self.command}" if self.command else self.reason


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One chart of a run's page.

    It shows the metric `name` as one line, and every metric called `name of …` as a line of its own.
    """

    name: str
    label: str
    unit: str = ""  # of the values: "GB", "samples per second"
    x_label: str = "step"

    @property
    def title(self) -> str:
        """For example "Memory (GB), by step"."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.label}{unit}, by {self.x_label}"

    def line_of(self, metric: str) -> str | None:
        """The name of the metric's line in this chart; None when it belongs to another chart."""
        if metric == self.name:
            return self.label
        head, separator, line = metric.partition(" of ")
        return line if separator and head == self.name else None


class Backend(Protocol):
    """A way to train. `name` is stored with every task and run.

    Everything here is read by web processes: nothing of it may import what only the training needs.
    """

    name: str
    label: str
    description: str
    device: Device
    ends_early: bool
    """Whether a run can stop training and keep what there is (SIGUSR1)."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a task may set; may depend on the machine, such as its base models."""

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The charts of a run, in order. A metric that none of them shows gets a chart of its own."""

    def availability(self) -> Availability:
        """Whether it can run on this machine; called for every page of a task, so it must be quick."""

    def command(self, folder: Path) -> list[str]:
        """The child process that trains the job in `folder` (runner/__init__.py describes the folder)."""

    def predict(self, folder: Path) -> list[str]:
        """The child process that predicts with a version in `folder` (runner/__init__.py describes it)."""
