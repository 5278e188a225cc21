"""What labeling and reviewing have in common: progress, queues, problems, what a browser posts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from django.core.cache import cache
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse, QueryDict

from annotator.accounts.models import User
from annotator.accounts.requests import HttpRequest
from annotator.datasets.models import Sample, Variable, is_overdue
from annotator.datasets.rendering import WHOLE, Rendered
from annotator.htmx import render_part

Row = TypeVar("Row", bound=Model)

CANDIDATES = 25  # read at once; a lease lost to somebody else moves on to the next
AT_HAND = 25  # samples that one page may have loaded ahead
OFFER_SECONDS = 10  # in which a page opens and takes its lease
COUNTED_AT_MOST = 1000  # beyond it the exact number helps nobody
PACE_OF = 20  # the last pieces of work that the estimate is made from
PAUSE = timedelta(minutes=5)  # a longer gap between two pieces was no work on the second


@dataclass(frozen=True)
class Progress:
    """One person's progress in one dataset. `seconds_left` is None without enough to estimate it from."""

    done: int
    left: int
    seconds_left: float | None = None
    assigned: int = 0  # of those left, to this person alone or with others
    due_on: date | None = None  # when the first of these are due

    @property
    def total(self) -> int:
        """Everything that this person can do here."""
        return self.done + self.left

    @property
    def is_overdue(self) -> bool:
        """Whether assigned ones are left though their last day is over."""
        return is_overdue(self.due_on)

    @property
    def is_more(self) -> bool:
        """Whether more is left than was counted."""
        return self.left >= COUNTED_AT_MOST


def progress_of(done: int, left: int, *, ahead: int, latest: Sequence[datetime]) -> Progress:
    """The progress with an estimate from the times of the `latest` PACE_OF pieces of work, newest first.

    `ahead` pieces are on their way to the server and count as done.
    """
    left = max(0, left - ahead)
    seconds_each = _seconds_each(latest)
    return Progress(done + ahead, left, None if seconds_each is None else seconds_each * left)


def _seconds_each(times: Sequence[datetime]) -> float | None:
    """The usual time between two pieces; None before there are three of them in a row."""
    gaps = [later - earlier for later, earlier in pairwise(times) if later - earlier <= PAUSE]
    if len(gaps) < 2:
        return None
    return sum(gaps, timedelta()).total_seconds() / len(gaps)


def choose(
    queues: Sequence[QuerySet[Row]],
    *,
    user: User,
    sample_of: Callable[[Row], Sample],
    only_if: Callable[[Row], Q],
) -> Row | None:
    """The first row whose sample can be this person's next, leased to them; None when there is none.

    A row was read a moment before its lease, so the lease is taken only if `only_if` is still true. Where a
    link has just sent somebody else they are passed over while there is anything else.
    """
    for respects_offers in (True, False):
        for row in in_batches(queues):
            if respects_offers and not is_free_or_offered(row, user, offer=False):
                continue
            if sample_of(row).lease_to(user, only_if=only_if(row)):
                return row
    return None


def offer(queues: Sequence[QuerySet[Row]], *, user: User) -> Row | None:
    """The first row, for a link: nothing is leased, the page that it leads to takes the lease.

    For OFFER_SECONDS other people's links lead elsewhere while there is anything else. A row was read a
    moment before it is offered: who has claimed it meanwhile saw no offer, so it is looked for again.
    """
    for queue in queues:
        for row in in_batches([queue]):
            if is_free_or_offered(row, user, offer=True) and queue.filter(pk=row.pk).exists():
                return row
    return next(in_batches(queues), None)


def in_batches(queues: Iterable[QuerySet[Row]]) -> Iterator[Row]:
    """The rows of each queue in its order, CANDIDATES at a time.

    A batch is read when it is needed, so that it leaves out what others took meanwhile.
    """
    for queue in queues:
        tried: list[Any] = []
        while batch := list(queue.exclude(pk__in=tried)[:CANDIDATES]):
            yield from batch
            tried += [row.pk for row in batch]


def is_free_or_offered(row: Model, user: User, *, offer: bool) -> bool:
    """Whether no link has just sent anybody else to the row; with `offer` True it is now this person's.

    A sample to label and an answer to review are different rows: its annotator stands in no reviewer's way.

    Kept in the cache alone: without Redis all are sent to the same sample, and the page of all but one says
    who has it open.
    """
    if offer and cache.add(_offer_key(type(row), row.pk), user.pk, OFFER_SECONDS):
        return True
    return not is_offered_to_another(type(row), row.pk, user)


def is_offered_to_another(model: type[Model], key: Any, user: User) -> bool:
    """Whether a link has just sent somebody else to the row."""
    return cache.get(_offer_key(model, key)) not in {user.pk, None}


def _offer_key(model: type[Model], key: Any) -> str:
    return f"offer:{model._meta.label}:{key}"


def at_hand(data: QueryDict) -> list[uuid.UUID]:
    """The samples, or answers, that the page has loaded, in its order; at most AT_HAND."""
    ids = (uuid_or_none(text) for text in data.getlist("ahead")[:AT_HAND])
    return [each for each in ids if each is not None]


class VariableField(Protocol):
    """What a page shows of one variable."""

    variable: Variable
    errors: list[str]


Field = TypeVar("Field", bound=VariableField)


def problems_of(rendered: Rendered, fields: Iterable[Field]) -> list[tuple[Field | None, str]]:
    """The problems of a rendering with the field that causes each, None for the template's own."""
    by_name = {field.variable.name: field for field in fields}
    return [
        (None if name == WHOLE else by_name.get(name), problem)
        for name, problem in rendered.problems.items()
    ]


def preview_context(rendered: Rendered, fields: Sequence[Field]) -> dict[str, Any]:
    """What `annotation/_rendered.html` needs alone."""
    return {"rendered": rendered, "problems": all_problems(rendered, fields), "oob": True}


def all_problems(rendered: Rendered, fields: Sequence[Field]) -> list[tuple[Field | None, str]]:
    """First what is refused, then what breaks the rendering."""
    refused: list[tuple[Field | None, str]] = [
        (field, " ".join(field.errors)) for field in fields if field.errors
    ]
    return refused + problems_of(rendered, fields)


def uuid_or_none(text: str) -> uuid.UUID | None:
    """An id out of a query string; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def seen_rev(data: QueryDict, name: str, *, default: int) -> int:
    """The revision that a form was rendered with, posted under `name`; `default` when there is none."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def render_work(
    request: HttpRequest, room: str, context: dict[str, Any], *, fields: str, status: int = 200
) -> HttpResponse:
    """The whole page of a room, the part beside the navigation, or the template `fields` alone."""
    is_fields = request.htmx.target == "fields"
    part, target = (fields, "fields") if is_fields else ("_work.html", "work")
    return render_part(
        request,
        f"{room}/sample.html",
        f"{room}/{part}",
        context,
        target=target,
        status=status,
    )
