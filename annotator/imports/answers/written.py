"""A row on its way into the database, with what was written of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotator.datasets.models import Sample
from annotator.images.models import Image
from annotator.imports.answers.matching import Subject
from annotator.imports.answers.rows import Refusal


@dataclass
class Written:
    """One row on its way: its sample, its stored pictures, and what of it was changed."""

    subject: Subject
    images: list[Image] = field(default_factory=list)
    is_made: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def sample(self) -> Sample:
        """The row's sample, which is there by now."""
        assert self.subject.sample is not None
        return self.subject.sample

    def note(self, kind: str, key: str, what: Any) -> None:
        """Keep what was written, for the undo."""
        self.changes.setdefault(kind, {})[key] = what

    def count(self, name: str, number: int = 1) -> None:
        """Count values."""
        self.counts[name] = self.counts.get(name, 0) + number

    def refuse(self, reason: str, remedy: str, *, column: str = "", value: str = "") -> None:
        """Nothing of the row's answers was written."""
        row = self.subject.row
        row.refusals.append(
            Refusal(number=row.number, column=column, value=value, reason=reason, remedy=remedy)
        )
