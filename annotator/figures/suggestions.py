"""Whether suggestions help in a dataset: how many are accepted, how well confidence tells, what they save."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.agreement.shares import Share, gap
from annotator.datasets.models import Variable
from annotator.figures.decided import BINS, Decided, Effort
from annotator.suggestions.models import Source, Suggestion
from annotator.ui.charts import LineChart, line_chart
from annotator.ui.words import percent

HEADER = ["figure", "source", "variable", "value", "low", "high", "n"]  # of the file
State = Suggestion.State


@dataclass(frozen=True)
class Acceptance:
    """What became of the shown suggestions of one source for one variable."""

    source: Source
    variable: Variable
    states: Mapping[str, int]

    @property
    def accepted(self) -> Share:
        """Those that were accepted as they were."""
        return Share(self.states.get(State.ACCEPTED, 0), sum(self.states.values()))


def acceptances(decided: Iterable[Decided]) -> list[Acceptance]:
    """By variable in the order of the schema, the newest source first."""
    counts: dict[tuple[Variable, Source], Counter[str]] = {}
    for each in decided:
        if not each.is_blind:
            counts.setdefault((each.variable, each.source), Counter())[each.state] += each.number
    rows = [Acceptance(source, variable, states) for (variable, source), states in counts.items()]
    return sorted(rows, key=lambda row: (row.variable.position, row.variable.name, -row.source.pk))


@dataclass(frozen=True)
class Bin:
    """Suggestions of about the same confidence, and how many of them were accepted."""

    low: float
    high: float
    confidence: float  # the mean
    accepted: Share


def calibration(decided: Iterable[Decided], *, blind: bool) -> list[Bin]:
    """The bins of the confidence that have suggestions, of blind answers or of the others."""
    by_bin: dict[int, list[Decided]] = {}
    for each in decided:
        if each.bin is not None and each.is_blind == blind:
            by_bin.setdefault(each.bin, []).append(each)
    return [_bin(at, rows) for at, rows in sorted(by_bin.items())]


def _bin(at: int, rows: Sequence[Decided]) -> Bin:
    number = sum(each.number for each in rows)
    accepted = sum(each.number for each in rows if each.state == State.ACCEPTED)
    mean = sum(each.confidence_sum for each in rows) / number
    return Bin(at / BINS, (at + 1) / BINS, mean, Share(accepted, number))


def calibration_chart(shown: Sequence[Bin], blind: Sequence[Bin]) -> LineChart | None:
    """Confidence against acceptance; the last line is that of a source as right as it is sure."""
    lines = {"Shown": shown, "Answered blind": blind}
    series: dict[str, Sequence[tuple[float, float]]] = {
        name: [(each.confidence, each.accepted.share or 0.0) for each in bins]
        for name, bins in lines.items()
        if bins
    }
    if not series:
        return None
    return line_chart(
        series | {"As right as sure": [(0.0, 0.0), (1.0, 1.0)]},
        x_name="Confidence",
        x_text=percent,
        y_text=percent,
        y_from_zero=True,
    )


@dataclass(frozen=True)
class Anchoring:
    """How often answers agree with suggestions that were shown, and with such that were not."""

    variable: Variable
    shown: Share
    blind: Share

    @property
    def gap(self) -> tuple[float, float, float] | None:
        """How much more often with shown ones, with its 95 % bounds; None without both."""
        return gap(self.shown, self.blind)


def anchorings(decided: Iterable[Decided]) -> list[Anchoring]:
    """By variable, those with blind answers."""
    counts: dict[Variable, Counter[tuple[bool, bool]]] = {}
    for each in decided:
        key = (each.is_blind, each.state == State.ACCEPTED)
        counts.setdefault(each.variable, Counter())[key] += each.number
    rows = [
        Anchoring(variable, _share(number, blind=False), _share(number, blind=True))
        for variable, number in counts.items()
    ]
    rows = [row for row in rows if row.blind.total]
    return sorted(rows, key=lambda row: (row.variable.position, row.variable.name))


def _share(number: Counter[tuple[bool, bool]], *, blind: bool) -> Share:
    return Share(number[blind, True], number[blind, True] + number[blind, False])


def csv_rows(decided: Sequence[Decided], efforts: Iterable[Effort]) -> Iterator[list[Any]]:
    """Every figure of the page, a line each; shares are from 0 to 1."""
    for row in acceptances(decided):
        yield ["accepted", row.source, row.variable, *_cells(row.accepted)]
    for source in sorted({each.source for each in decided}, key=lambda each: -each.pk):
        own = [each for each in decided if each.source == source]
        for blind, name in ((False, "shown"), (True, "blind")):
            for each in calibration(own, blind=blind):
                words = f"accepted at confidence {each.low:g} to {each.high:g}, {name}"
                yield [words, source, "", *_cells(each.accepted)]
    for pair in anchorings(decided):
        yield ["agrees, shown", "", pair.variable, *_cells(pair.shown)]
        yield ["agrees, blind", "", pair.variable, *_cells(pair.blind)]
        if pair.gap:
            bounds = [round(number, 4) for number in pair.gap]
            yield ["agrees more often, shown", "", pair.variable, *bounds, pair.blind.total]
    for effort in efforts:
        for unit, mean in (("seconds", effort.seconds), ("keys", effort.keys)):
            numbers = [mean.value, mean.low, mean.high]
            shown = ["" if number is None else round(number, 2) for number in numbers]
            yield [f"mean {unit}, {effort.kind.lower()}", "", "", *shown, mean.units]


def _cells(share: Share) -> list[Any]:
    return [round(share.share or 0, 4), round(share.low, 4), round(share.high, 4), share.total]
