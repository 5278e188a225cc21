"""What people did, added up from kept counts: by day, by person, by dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from annotator.annotation.models.count import AnswerCountQuerySet

PERIODS = {"30": "30 days", "90": "90 days", "all": "All time"}
LONGEST_DAYS = 3650  # of a forecast
PACE_DAYS = 14  # from which the pace of a forecast is taken, today among them


@dataclass(frozen=True)
class Work:
    """Answers of some days and people. Those that nobody timed have no part in the working time."""

    submitted: int = 0
    accepted: int = 0  # by a reviewer, without having been returned
    returned: int = 0  # at least once
    timed_answers: int = 0
    milliseconds: int = 0

    @property
    def reviewed(self) -> int:
        """Answers that a reviewer has accepted or returned."""
        return self.accepted + self.returned

    @property
    def accepted_share(self) -> float | None:
        """Of the reviewed ones."""
        return self.accepted / self.reviewed if self.reviewed else None

    @property
    def returned_share(self) -> float | None:
        """Of the reviewed ones."""
        return self.returned / self.reviewed if self.reviewed else None

    @property
    def seconds(self) -> float | None:
        """The working time of the timed answers; None where none was."""
        return self.milliseconds / 1000 if self.timed_answers else None

    @property
    def seconds_each(self) -> float | None:
        """The time of one answer, on average."""
        return self.milliseconds / 1000 / self.timed_answers if self.timed_answers else None


@dataclass(frozen=True)
class Period:
    """The days that are looked at, both inclusive and in UTC. `key` is one of PERIODS."""

    key: str
    first: date | None  # None: from the beginning
    last: date

    @classmethod
    def named(cls, key: str) -> Period:
        """The period of an address; the shortest for any other text."""
        key = key if key in PERIODS else next(iter(PERIODS))
        today = timezone.now().date()
        first = None if key == "all" else today - timedelta(days=int(key) - 1)
        return cls(key, first, today)

    @property
    def label(self) -> str:
        """In words."""
        return PERIODS[self.key]

    @property
    def begins_at(self) -> datetime | None:
        """Its first moment; None: from the beginning."""
        return None if self.first is None else datetime.combine(self.first, time.min, tzinfo=UTC)

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """(query, words, whether it is this one) of each period."""
        return [(f"?days={key}", words, key == self.key) for key, words in PERIODS.items()]

    def of(self, counts: AnswerCountQuerySet) -> AnswerCountQuerySet:
        """The counts of answers that were submitted in it."""
        counts = counts.submitted()
        return counts if self.first is None else counts.filter(day__gte=self.first)

    def days(self, seen: Iterable[date]) -> list[date]:
        """Every day from the first, or the first that was `seen`, to the last."""
        first = self.first or min(seen, default=self.last)
        return [first + timedelta(days=each) for each in range((self.last - first).days + 1)]


def added_up(counts: AnswerCountQuerySet, *keys: str) -> dict[Any, Work]:
    """The work by the key, or by a tuple of several. One query."""
    added: dict[Any, Work] = {}
    for row in counts.added_up(*keys):
        key = tuple(row.pop(name) for name in keys)
        added[key if len(keys) > 1 else key[0]] = Work(**row)
    return added


def total(parts: Mapping[Any, Work]) -> Work:
    """All of it."""
    names = [each.name for each in fields(Work)]
    return Work(*(sum(getattr(work, name) for work in parts.values()) for name in names))


@dataclass(frozen=True)
class Pace:
    """Answers a day, of the last `days` days."""

    answers: int
    days: int

    @property
    def per_day(self) -> float:
        """On average, days without work among them."""
        return self.answers / self.days

    def forecast(self, left: int) -> date | None:
        """The day on which so many answers more are there; None without any work lately, or far beyond."""
        if not self.answers:
            return None
        days = -(-left * self.days // self.answers)
        return timezone.now().date() + timedelta(days=days) if days <= LONGEST_DAYS else None
