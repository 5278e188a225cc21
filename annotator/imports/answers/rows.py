"""What a row of a file says of one sample, and what of it can't be imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotator.accounts.models import User
from annotator.datasets.models import Variable
from annotator.imports.formats.records import Box, ImageReference, Role

MEND = "Correct the cell here or in the file."


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a row, or one cell of it when a `column` is named, can't be imported, and what to do."""

    number: int
    column: str = ""
    value: str = ""
    reason: str
    remedy: str = MEND


@dataclass
class Row:
    """What one row says of one sample. With `is_refused` nothing of it is imported; else only some cells."""

    number: int
    standing: str
    name: str = ""
    external_id: str = ""
    images: list[ImageReference] = field(default_factory=list)
    values: dict[Variable, Any] = field(default_factory=dict)
    confidence: dict[Variable, float] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)
    author: User | None = None  # None: who imports
    source: str = ""
    columns: dict[str, str] = field(default_factory=dict)  # by role, those of its subject
    refusals: list[Refusal] = field(default_factory=list)
    is_refused: bool = False

    @property
    def subject(self) -> tuple[str, str]:
        """(the column that says which sample it is about, what stands there)."""
        path = self.images[0].path if self.images else ""
        said = (
            (Role.EXTERNAL_ID, self.external_id),
            (Role.NAME, self.name),
            (Role.IMAGES, path),
        )
        return next(((self.columns.get(role, ""), text) for role, text in said if text), ("", ""))

    def refuse(self, reason: str, remedy: str) -> None:
        """Import nothing of it. Where the cell that names its sample is refused, that says enough."""
        self.is_refused = True
        column, value = self.subject
        naming = {self.columns.get(role) for role in (Role.EXTERNAL_ID, Role.NAME, Role.IMAGES)}
        if not value and any(refusal.column in naming for refusal in self.refusals):
            return
        self.refusals.append(
            Refusal(number=self.number, column=column, value=value, reason=reason, remedy=remedy)
        )
