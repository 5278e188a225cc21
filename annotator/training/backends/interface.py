"""What a backend must offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from annotator.errors import BadInput


@dataclass(frozen=True)
class Availability:
    """Whether a backend can run here; if not, `reason` says what to install or set."""

    ok: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One knob: a whole number within inclusive bounds."""

    name: str
    label: str
    help: str
    default: int
    minimum: int
    maximum: int

    def check(self, value: Any) -> int:
        """The value as int; BadInput outside the bounds or for anything that is no whole number."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._refusal()
        try:
            number = int(value)
        except ValueError as error:
            raise self._refusal() from error
        if not self.minimum <= number <= self.maximum or number != float(value):
            raise self._refusal()
        return number

    def _refusal(self) -> BadInput:
        message = f"{self.label}: give a whole number from {self.minimum} to {self.maximum}."
        return BadInput(message, fields={self.name: [message]})


class Backend(Protocol):
    """A way to train. `name` is stored with every run."""

    name: str
    label: str
    description: str
    parameters: tuple[Parameter, ...]

    def availability(self) -> Availability:
        """Cheap: must not import what it needs."""

    def command(self, folder: Path) -> list[str]:
        """The child process that trains the job in `folder` (see runner/__init__.py for the contract)."""


def checked_parameters(backend: Backend, given: Mapping[str, Any]) -> dict[str, int]:
    """Every parameter of the backend, the given ones checked; other keys are kept for other backends."""
    return {
        parameter.name: parameter.check(given.get(parameter.name, parameter.default))
        for parameter in backend.parameters
    }
