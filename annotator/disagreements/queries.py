"""What the screens of the room show."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Q, Subquery, Sum

from annotator.accounts.models import Membership
from annotator.agreement.shares import Share
from annotator.annotation.queries import Pane, panes_of
from annotator.datasets.models import Dataset, Sample, SampleCount, Variable, VariableValue
from annotator.disagreements.actions.comparing import differ
from annotator.disagreements.models import (
    Comparison,
    Disagreement,
    DisagreementCount,
    DisagreementQuerySet,
    Order,
    Verdict,
)
from annotator.suggestions.models import Source
from annotator.ui.charts import Part, stacked

PAIRS = 12  # most common ones that are listed
LOOKED_AT = 25  # read at once for the first that still differs


@dataclass(frozen=True)
class Standing:
    """One variable and source: how many disagreements wait, and the verdicts on the others."""

    variable: Variable
    source: Source
    waiting: int
    verdicts: Mapping[str, int]

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return sum(self.verdicts.values())

    @property
    def model_right(self) -> Share:
        """Of the judged ones, those where the model was right."""
        return Share(self.verdicts.get(Verdict.MODEL, 0), self.judged)

    @property
    def parts(self) -> list[Part]:
        """The verdicts as one bar."""
        return verdict_parts(self.verdicts)

    @property
    def query(self) -> str:
        """Of the queue's address."""
        return urlencode({"variable": self.variable.pk, "source": self.source.pk})


def approved_since(comparison: Comparison) -> int:
    """How many more samples are approved now than it compared; 0 for fewer. One query."""
    counts = SampleCount.objects.filter(dataset=comparison.dataset_id, state=Sample.State.APPROVED)
    approved = counts.aggregate(total=Sum("number"))["total"] or 0
    return max(0, approved - comparison.done)


def verdict_parts(verdicts: Mapping[str, int]) -> list[Part]:
    """The verdicts as the parts of one bar."""
    return stacked((each.value, each.label, verdicts.get(each, 0)) for each in Verdict)


def standings(dataset: Dataset, member: Membership) -> list[Standing]:
    """By variable, the newest source first. Three queries, whatever their number."""
    variables = {each.pk: each for each in Variable.objects.asked_in(dataset)}
    counts: dict[tuple[uuid.UUID, int], dict[str, int]] = {}
    rows = DisagreementCount.objects.filter(variable__in=variables)
    grouped = rows.values_list("variable", "source", "verdict").annotate(total=Sum("number"))
    for variable, source, verdict, number in grouped.filter(total__gt=0):
        counts.setdefault((variable, source), {})[verdict] = number
    sources = Source.objects.visible_to(member).in_bulk({source for _, source in counts})
    places = {pk: place for place, pk in enumerate(variables)}
    newest = sorted(counts, key=lambda each: (places[each[0]], -each[1]))
    return [
        Standing(
            variables[variable],
            sources[source],
            counts[variable, source].pop("", 0),
            counts[variable, source],
        )
        for variable, source in newest
        if source in sources
    ]


def most_waiting(rows: Sequence[Standing]) -> Standing | None:
    """The one of which most disagreements wait; None without any."""
    return max(rows, key=lambda row: row.waiting, default=None)


def by_source(rows: Sequence[Standing]) -> list[tuple[Source, int, list[Part]]]:
    """Of each version with a verdict: how many there are, and all of them as one bar."""
    counts: dict[Source, dict[str, int]] = {}
    for row in rows:
        total = counts.setdefault(row.source, {})
        for verdict, number in row.verdicts.items():
            total[verdict] = total.get(verdict, 0) + number
    return [
        (source, sum(total.values()), verdict_parts(total))
        for source, total in counts.items()
        if total
    ]


@dataclass(frozen=True)
class Pair:
    """Two values that people and the model give for many samples."""

    key: str
    accepted: str
    suggested: str
    number: int
    confidence: float | None  # the mean


def common_pairs(variable: Variable, source: Source) -> list[Pair]:
    """The most common ones that wait for a verdict. Two queries."""
    kept = DisagreementCount.objects.waiting().filter(variable=variable, source=source)
    kept = kept.exclude(pair="")
    grouped: Any = kept.values_list("pair").annotate(*map(Sum, ("number", "given", "permille")))
    top = list(grouped.filter(number__sum__gt=1).order_by("-number__sum", "pair")[:PAIRS])
    rows = Disagreement.objects.waiting().filter(variable=variable, source=source)
    first = rows.filter(pair=OuterRef("pair")).order_by("-confidence", "-id").values("pk")[:1]
    firsts = kept.filter(pair__in=[pair for pair, *_ in top]).values_list(Subquery(first))
    examples = {row.pair: row for row in Disagreement.objects.filter(pk__in=firsts)}
    show = variable.spec.display
    return [
        Pair(
            pair,
            show(row.accepted),
            show(row.suggested),
            number,
            permille / given / 1000 if given else None,
        )
        for pair, number, given, permille in top
        if (row := examples.get(pair))
    ]


@dataclass(frozen=True)
class Queue:
    """What is worked off: one variable of one source, in an order, perhaps of one pair of values."""

    dataset: Dataset
    variable: Variable
    source: Source
    order: Order = Order.SIZE
    pair: str = ""

    @property
    def query(self) -> str:
        """Of its address."""
        query = {"variable": self.variable.pk, "source": self.source.pk, "order": self.order.value}
        return urlencode(query | ({"pair": self.pair} if self.pair else {}))

    @property
    def rows(self) -> DisagreementQuerySet:
        """What is left."""
        rows = Disagreement.objects.waiting().filter(variable=self.variable, source=self.source)
        return rows.filter(pair=self.pair) if self.pair else rows

    def left(self) -> int:
        """How many, from what is kept; those of a pair that is not common are counted."""
        kept = DisagreementCount.objects.waiting().filter(
            variable=self.variable, source=self.source
        )
        kept = kept.filter(pair=self.pair) if self.pair else kept
        total = kept.aggregate(total=Sum("number"))["total"] or 0
        return total or (self.rows.count() if self.pair else 0)

    def waiting(self, member: Membership) -> DisagreementQuerySet:
        """What is left, in its order."""
        rows = self.rows.visible_to(member)
        return rows.order_by(*(f"-{column}" for column in self.columns))

    @property
    def columns(self) -> tuple[str, ...]:
        """By which it is ordered, descending; of one pair the most confident come first."""
        return ("confidence", "id") if self.pair else self.order.columns


@dataclass(frozen=True)
class Case:
    """One disagreement as it is judged: both values as they are now, and the pictures."""

    row: Disagreement
    held: VariableValue
    left: int
    panes: list[Pane] = field(default_factory=list)

    @property
    def sample(self) -> Sample:
        """Its sample."""
        return self.row.sample

    @property
    def accepted_text(self) -> str:
        """What people say now."""
        return self.row.variable.spec.display(self.held.value)


def next_case(queue: Queue, member: Membership, *, past: Disagreement | None = None) -> Case | None:
    """The first that still differs, behind `past` if there is one and else from the start again."""
    rows = queue.waiting(member)
    left = queue.left()
    for part in [_behind(rows, queue.columns, past), rows] if past else [rows]:
        if case := _first(part, left):
            return case
    return None


def _behind(
    rows: DisagreementQuerySet, columns: Sequence[str], past: Disagreement
) -> DisagreementQuerySet:
    behind = Q(pk__in=[])
    equal: dict[str, Any] = {}
    for column in columns:
        value: Any = getattr(past, column)
        behind |= Q(**equal, **{f"{column}__lt": value})
        equal[column] = value
    return rows.filter(behind)


def _first(rows: DisagreementQuerySet, left: int) -> Case | None:
    """Those whose value was changed since the comparison, so that both sides agree, are passed over."""
    start = 0
    related = ("sample__dataset", "variable", "source")
    while page := list(rows.select_related(*related)[start : start + LOOKED_AT]):
        held = VariableValue.objects.legal().filter(
            sample__in=[row.sample_id for row in page], variable=page[0].variable_id
        )
        by_sample = {value.sample_id: value for value in held.select_related("set_by")}
        for row in page:
            value = by_sample.get(row.sample_id)
            is_open = row.sample.state == Sample.State.APPROVED
            if value and is_open and differ(row.variable, value.value, row.suggested):
                return Case(row, value, left, panes_of(row.sample))
        start += LOOKED_AT
    return None
