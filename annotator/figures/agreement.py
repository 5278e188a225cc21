"""How far people agree in a dataset: by variable, over time and between each pair. Loads NumPy."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from annotator.agreement.intervals import Estimate
from annotator.agreement.measures import Leaf, Measure, leaves_of, measures_of
from annotator.datasets.models import Variable
from annotator.figures.given import Given, GivenAnswer
from annotator.ui.charts import Spark, sparkline
from annotator.variables import Metric, ValueRefused

WEEKS = 26  # shown at most

Row = list[tuple[GivenAnswer, Any]]


@dataclass(frozen=True)
class Figure:
    """A measure as it is shown: in percent or as a number."""

    measure: Measure

    @property
    def estimate(self) -> Estimate:
        """The figure with its bounds."""
        return self.measure.estimate

    @property
    def text(self) -> str:
        """The figure for a person who reads."""
        return self._text(self.estimate.value)

    @property
    def interval_text(self) -> str:
        """Its 95 % interval; empty where there are too few samples for one."""
        low, high = self.estimate.low, self.estimate.high
        return "" if low is None else f"{self._text(low)} to {self._text(high)}"

    def _text(self, value: float | None) -> str:
        if value is None:
            return "–"
        return f"{100 * value:.0f} %" if self.measure.is_share else f"{value:.2f}"


@dataclass(frozen=True)
class VariableAgreement:
    """The figures of a variable, or of a member inside an object; the first is the headline."""

    variable_id: uuid.UUID
    variable_name: str
    path: str  # inside the variable; empty for the whole
    units: int
    figures: list[Figure]
    weeks: list[tuple[date, int, float]]  # Monday, samples, the headline's value

    @property
    def name(self) -> str:
        """The variable with the path inside it."""
        return f"{self.variable_name}.{self.path}" if self.path else self.variable_name

    @property
    def spark(self) -> Spark:
        """The headline week by week."""
        return sparkline([value for _, _, value in self.weeks])

    @property
    def has_no_variation(self) -> bool:
        """Whether everybody gave the same, so that agreement beyond chance means nothing."""
        return self.units > 0 and self.figures[0].estimate.value is None


@dataclass(frozen=True)
class PairAgreement:
    """Two people on the samples that both answered. `bias`: how much more the first gives, of numbers."""

    one: int
    other: int
    units: int
    figures: list[Figure]
    bias: float | None
    names: tuple[str, str] = ("", "")  # only when it is shown


def agreement_of(given: Given, variables: Iterable[Variable]) -> list[VariableAgreement]:
    """The figures of each variable, leaf by leaf, in the order of the schema."""
    return [
        _agreement(given, variable, leaf)
        for variable in variables
        for leaf in leaves_of(variable.spec.type_rules)
    ]


def _agreement(given: Given, variable: Variable, leaf: Leaf) -> VariableAgreement:
    rows = list(_rows(given, variable, leaf))
    figures = [Figure(each) for each in measures_of(leaf.rules, [_values(row) for row in rows])]
    path, weeks = ".".join(leaf.path), _weeks(leaf, rows)
    return VariableAgreement(variable.pk, variable.name, path, len(rows), figures, weeks)


def _rows(
    given: Given, variable: Variable, leaf: Leaf, people: Sequence[int] = ()
) -> Iterator[Row]:
    for _, row in given.units(variable, people=people):
        parts = [(answer, leaf.of(value)) for answer, value in row]
        parts = [(answer, part) for answer, part in parts if _is_comparable(leaf, part)]
        if len(parts) > 1:
            yield parts


def _is_comparable(leaf: Leaf, value: Any) -> bool:
    """Whether it is a value of the leaf's type: the schema may have changed since."""
    try:
        return leaf.rules.check(value) is not None
    except ValueRefused:
        return False


def _values(row: Row) -> list[Any]:
    return [value for _, value in row]


def _weeks(leaf: Leaf, rows: Iterable[Row]) -> list[tuple[date, int, float]]:
    """The headline of each of the last WEEKS in which the last answer of a sample came."""
    by_week: dict[date, list[list[Any]]] = defaultdict(list)
    for row in rows:
        last = max(answer.day for answer, _ in row)
        by_week[last - timedelta(days=last.weekday())].append(_values(row))
    weeks = []
    for monday, units in sorted(by_week.items())[-WEEKS:]:
        value = measures_of(leaf.rules, units, bounds=False)[0].estimate.value
        if value is not None:
            weeks.append((monday, len(units), value))
    return weeks


def pairs_of(given: Given, variable: Variable, path: str = "") -> list[PairAgreement]:
    """Each pair of people with a sample in common, most samples first, for one leaf of a variable."""
    leaves = {".".join(leaf.path): leaf for leaf in leaves_of(variable.spec.type_rules)}
    leaf = leaves.get(path) or next(iter(leaves.values()))
    common: dict[tuple[int, int], list[list[Any]]] = defaultdict(list)
    for row in _rows(given, variable, leaf):
        for one, other in combinations(sorted(row, key=lambda each: each[0].person), 2):
            common[one[0].person, other[0].person].append([one[1], other[1]])
    pairs = [_pair(leaf, people, units) for people, units in common.items()]
    return sorted(pairs, key=lambda pair: (-pair.units, pair.one, pair.other))


def _pair(leaf: Leaf, people: tuple[int, int], units: list[list[Any]]) -> PairAgreement:
    one, other = people
    number = leaf.rules.as_number
    is_number = leaf.rules.metric == Metric.DISTANCE
    differences = [number(a) - number(b) for a, b in units] if is_number else []
    return PairAgreement(
        one,
        other,
        len(units),
        [Figure(each) for each in measures_of(leaf.rules, units, bounds=False)],
        sum(differences) / len(differences) if differences else None,
    )
