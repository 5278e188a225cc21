"""What people decided about suggestions, counted and kept, and what their answers took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Sum, Value, When

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.models import Dataset, Origin, Variable
from annotator.figures.answers import answers_state
from annotator.kept import Kept, make_and_keep, read, read_or_make
from annotator.suggestions.models import Source, Suggestion

SHAPE = 1  # of what is kept: grows when a class of it changes, so that nobody reads an older one
BINS = 10  # of the confidence, equally wide
MOST_ANSWERS = 5_000  # whose time and keys are read, the latest ones: more make no figure better
AT_ONCE_ANSWERS = 20_000  # of a dataset with more nothing is counted while a page waits
State = Suggestion.State


@dataclass(frozen=True)
class Effort:
    """What the answers of one kind took: the mean of a sample with its bounds, and the median."""

    kind: str
    seconds: Any  # agreement.intervals.Estimate
    keys: Any
    seconds_median: float
    keys_median: float


@dataclass(frozen=True, kw_only=True)
class Decisions(Kept):
    """The counts of a dataset's decided suggestions, by ids; `decided_in` reads them."""

    rows: Sequence[tuple[Any, ...]]
    efforts: Sequence[Effort]


@dataclass(frozen=True)
class Decided:
    """Decided suggestions of one source for one variable that have all of this in common."""

    source: Source
    variable: Variable
    state: str
    is_blind: bool  # the person saw none of the sample's suggestions
    bin: int | None  # of the confidence; None: the source gives none
    number: int
    confidence_sum: float


def decisions_of(dataset: Dataset) -> Decisions | None:
    """What is kept, made anew where that is quick; None: nothing is, and a job must make it."""
    state = answers_state(dataset)
    if sum(number for *_, number in state[0]) > AT_ONCE_ANSWERS:
        kept: Decisions | None = read(key_of(dataset), repr(state))
        return kept
    make = partial(make_decisions, dataset, made_from=repr(state))
    return read_or_make(key_of(dataset), repr(state), make)


def make_decisions(dataset: Dataset, *, made_from: str | None = None) -> Decisions:
    """Count what was decided, and keep it. Two queries, and two for what it is made from."""
    return make_and_keep(
        key_of(dataset),
        Decisions,
        made_from or repr(answers_state(dataset)),
        lambda: {"rows": _rows(dataset), "efforts": _efforts(dataset)},
    )


def key_of(dataset: Dataset) -> str:
    """Under which it is kept."""
    return f"decided:{SHAPE}:{dataset.pk}"


def decided_in(dataset: Dataset, decisions: Decisions, member: Membership) -> list[Decided]:
    """The counts with their sources and variables, of those that are asked today. Two queries."""
    variables = {each.pk: each for each in Variable.objects.asked_in(dataset)}
    sources = Source.objects.visible_to(member).in_bulk({row[0] for row in decisions.rows})
    return [
        Decided(sources[source], variables[variable], *rest)
        for source, variable, *rest in decisions.rows
        if source in sources and variable in variables
    ]


def _rows(dataset: Dataset) -> list[tuple[Any, ...]]:
    """What people decided one by one. A suggestion that stood behind a shown one is left out."""
    shown = Suggestion.objects.filter(sample=OuterRef("sample"), was_shown=True)
    saw = Case(When(was_shown=False, then=Exists(shown)), default=Value(False))  # asked of few
    rows = Suggestion.objects.filter(
        source__in=list(Source.objects.filter(workspace=dataset.workspace_id)),
        variable__in=Variable.objects.asked_in(dataset),
        state__in=[State.ACCEPTED, State.EDITED, State.REJECTED],
        batch=None,
        closed_by__isnull=False,
    )
    edges = [When(confidence__lt=edge / BINS, then=Value(edge - 1)) for edge in range(1, BINS)]
    last = When(confidence__isnull=False, then=Value(BINS - 1))
    bins = Case(*edges, last, default=None, output_field=IntegerField())
    grouped = (
        rows.order_by()
        .annotate(bin=bins, saw=saw)
        .values_list("source", "variable", "state", "was_shown", "saw", "bin")
        .annotate(number=Count("pk"), total=Sum("confidence"))
    )
    return [
        (source, variable, state, was_shown is False, at, number, total or 0)
        for source, variable, state, was_shown, saw, at, number, total in grouped
        if was_shown is not False or not saw
    ]


def _efforts(dataset: Dataset) -> list[Effort]:
    """Of the latest MOST_ANSWERS answers whose page counted; one query. Loads NumPy."""
    from annotator.agreement.intervals import estimate_mean

    filled = AnswerValue.objects.filter(
        answer=OuterRef("pk"), origin__in=[Origin.SUGGESTED, Origin.EDITED]
    )
    hidden = Suggestion.objects.filter(sample=OuterRef("sample"), was_shown=False)
    answers = Answer.objects.filter(
        dataset=dataset, submitted_at__isnull=False, active_ms__isnull=False
    ).order_by("-submitted_at")
    taken: dict[str, list[tuple[float, int]]] = {}
    columns = answers.annotate(saw=Exists(filled), had=Exists(hidden))
    rows: Any = columns.values_list("active_ms", "key_presses", "saw", "had")
    for ms, keys, saw, had in rows[:MOST_ANSWERS]:
        kind = "Suggestions shown" if saw else "Answered blind" if had else "Without suggestions"
        taken.setdefault(kind, []).append((round(ms / 1000, 1), keys or 0))
    return [
        Effort(
            kind,
            estimate_mean([seconds for seconds, _ in rows], highest=None),
            estimate_mean([keys for _, keys in rows], highest=None),
            median(seconds for seconds, _ in rows),
            median(keys for _, keys in rows),
        )
        for kind, rows in sorted(taken.items(), reverse=True)
    ]
