"""What labeling and reviewing have in common: progress, leases, problems, what a browser posts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from django.core.cache import cache
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect

from annotator.accounts.models import Membership, User
from annotator.accounts.requests import HttpRequest
from annotator.datasets.models import SampleQuerySet, Variable
from annotator.datasets.models.sample import Sample
from annotator.datasets.rendering import WHOLE, Rendered
from annotator.htmx import render_part

Row = TypeVar("Row", bound=Model)

CANDIDATES = 25  # read at once; a lease lost to somebody else moves on to the next
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

    @property
    def total(self) -> int:
        """Everything that this person can do here."""
        return self.done + self.left

    @property
    def is_more(self) -> bool:
        """Whether more is left than was counted."""
        return self.left >= COUNTED_AT_MOST


def progress_of(
    done: int, left: int, *, ahead: int, work: QuerySet[Any], time_field: str
) -> Progress:
    """The progress with an estimate from the times of the latest `work`; one query.

    `ahead` pieces are on their way to the server and count as done.
    """
    left = max(0, left - ahead)
    seconds_each = _seconds_each(work, time_field)
    return Progress(done + ahead, left, None if seconds_each is None else seconds_each * left)


def _seconds_each(work: QuerySet[Any], time_field: str) -> float | None:
    """The usual time between two pieces; None before there are three of them in a row."""
    dated = work.exclude(**{time_field: None}).order_by(f"-{time_field}")
    times = list(dated.values_list(time_field, flat=True)[:PACE_OF])
    gaps = [later - earlier for later, earlier in pairwise(times) if later - earlier <= PAUSE]
    if len(gaps) < 2:
        return None
    return sum(gaps, timedelta()).total_seconds() / len(gaps)


def choose(
    queues: Sequence[QuerySet[Row]],
    *,
    user: User,
    hold: bool,
    sample_of: Callable[[Row], Sample],
    only_if: Callable[[Row], Q],
) -> Row | None:
    """The first row whose sample can be this person's next, leased to them; None when there is none.

    A row was read a moment before its lease, so the lease is taken only if `only_if` is still true.

    With `hold` False nothing is leased: a link only leads to the page, and that page takes the lease. For
    OFFER_SECONDS others are sent elsewhere while there is anything else.
    """
    for respects_offers in (True, False):
        for row in in_batches(queues):
            if respects_offers and not is_free_or_offered(row, user, offer=not hold):
                continue
            if not hold or sample_of(row).lease_to(user, only_if=only_if(row)):
                return row
    return None


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
    key = f"offer:{row._meta.label}:{row.pk}"
    if offer and cache.add(key, user.pk, OFFER_SECONDS):
        return True
    return cache.get(key) in {user.pk, None}


def look_ahead_offset(samples: SampleQuerySet, member: Membership) -> int:
    """How far down the queue this person looks ahead, 0 to CANDIDATES - 1.

    People who work on the same samples look at different ones, or all but one would look in vain: each
    passes over one candidate for every colleague with a lower id who holds a lease.
    """
    colleagues = (
        samples.held()
        .filter(lease_holder__lt=member.user_id)
        .order_by()
        .values("lease_holder")
        .distinct()
    )
    return min(len(colleagues), CANDIDATES - 1)


def lease(sample: Sample, user: User, *, take_over: bool = False) -> dict[str, Any]:
    """Hold the sample for the person: {"held": true}, or {"held": false, "by": name of the holder}."""
    if sample.lease_to(user, take_over=take_over):
        return {"held": True}
    sample.refresh_from_db(fields=["lease_holder", "leased_until"])
    holder = sample.other_holder(user)
    return {"held": False, "by": holder.display_name if holder else ""}


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
    """What `annotation/_rendered.html` needs alone: first what is refused, then what breaks the rendering."""
    refused = [(field, " ".join(field.errors)) for field in fields if field.errors]
    return {
        "rendered": rendered,
        "problems": refused + problems_of(rendered, fields),
        "oob": True,
    }


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


def redirect_or_url(
    request: HttpRequest, url: str, *, after: uuid.UUID | None = None
) -> HttpResponse:
    """A redirect, or the address as JSON for a script that shows the page itself.

    `after` names the work done before, which the page offers to undo.
    """
    if after is not None:
        url += f"{'&' if '?' in url else '?'}after={after}"
    if request.htmx:
        return JsonResponse({"url": url})
    return redirect(url)
