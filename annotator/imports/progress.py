"""How far a long step of an import is, for people."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from annotator.imports.models.addresses import FromAddress

MB = 1_000_000


@dataclass(frozen=True)
class Progress:
    """How far it is, in `unit`."""

    value: int
    total: int | None
    per_second: float | None
    unit: str = "rows"

    @property
    def rate(self) -> str:
        """For people, empty while unknown."""
        return f"{self.per_second:,.0f} {self.unit} a second" if self.per_second else ""

    @property
    def seconds_left(self) -> float | None:
        """By the rate so far."""
        if not self.per_second or self.total is None:
            return None
        return max(self.total - self.value, 0) / self.per_second


def fetching_progress(one: FromAddress) -> Progress:
    """Of the download of its file, in megabytes."""
    part = one.part
    total = None if part.total_bytes is None else part.total_bytes // MB
    return Progress(part.size_bytes // MB, total, _rate(one, part.size_bytes / MB), unit="MB")


def _rate(one: FromAddress, done: float) -> float | None:
    """By the second since the step began; None while that means nothing."""
    seconds = (timezone.now() - one.started_at).total_seconds() if one.started_at else 0
    return done / seconds if seconds > 1 and done else None
