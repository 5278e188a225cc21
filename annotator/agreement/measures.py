"""The measures that fit a variable's type, over what several people gave the same samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotator.agreement.alpha import Scale, Unit
from annotator.agreement.intervals import Estimate, estimate_alpha, estimate_mean
from annotator.agreement.lists import jaccard
from annotator.agreement.rules import NOISE
from annotator.agreement.texts import edit_similarity, folded, token_f1
from annotator.variables import Metric, VariableType, to_json
from annotator.variables.json_text import same
from annotator.variables.types.object import ObjectType

ORDINAL_UP_TO = 20  # different numbers; beyond it their distances say more than their order

Pairwise = Callable[[Any, Any], float]


@dataclass(frozen=True)
class Measure:
    """One figure: `is_share` is from 0 to 1 and best shown in percent."""

    name: str
    estimate: Estimate
    is_share: bool = True


@dataclass(frozen=True)
class Leaf:
    """A variable, or a member somewhere inside an object: the names that lead to it, and its type."""

    path: tuple[str, ...]
    rules: VariableType

    def of(self, value: Any) -> Any:
        """The leaf's part of a stored value; None where there is none."""
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def leaves_of(rules: VariableType, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """What is compared one by one: the members of an object with known fields, else the value itself."""
    if isinstance(rules, ObjectType) and rules.fields:
        for field in rules.fields:
            yield from leaves_of(field.type_rules, (*path, field.name))
    else:
        yield Leaf(path, rules)


def measures_of(
    rules: VariableType, units: Sequence[Unit], *, bounds: bool = True
) -> list[Measure]:
    """The figures of one leaf. A unit holds what was given to one sample, without missing values.

    Without `bounds` they have no intervals, which take most of the time.
    """
    several = [unit for unit in units if len(unit) > 1]
    return _measures_of(rules, several, bounds)


def _measures_of(rules: VariableType, several: Sequence[Unit], bounds: bool) -> list[Measure]:
    if rules.metric == Metric.DISTANCE:
        numbers = [[rules.as_number(each) for each in unit] for unit in several]
        return _of_numbers(rules, numbers, bounds)
    if rules.metric == Metric.TEXT:
        return [
            Measure(
                "Same text", _mean(several, bounds, lambda a, b: float(folded(a) == folded(b)))
            ),
            Measure("Edit similarity", _mean(several, bounds, edit_similarity)),
            Measure("Word F1", _mean(several, bounds, token_f1)),
        ]
    if rules.metric == Metric.ENTRIES:
        return [Measure("Jaccard", _mean(several, bounds, jaccard))]
    keys = [[to_json(each) for each in unit] for unit in several]
    alpha = Measure(
        "Alpha, nominal", estimate_alpha(keys, Scale.NOMINAL, bounds=bounds), is_share=False
    )
    return [alpha, Measure("Same value", _mean(several, bounds, lambda a, b: float(same(a, b))))]


def _of_numbers(
    rules: VariableType, units: Sequence[Sequence[float]], bounds: bool
) -> list[Measure]:
    is_ordinal = len({value for unit in units for value in unit}) <= ORDINAL_UP_TO
    scale = Scale.ORDINAL if is_ordinal else Scale.INTERVAL
    measures = [
        Measure(
            f"Alpha, {scale.value}", estimate_alpha(units, scale, bounds=bounds), is_share=False
        ),
        Measure("Same value", _mean(units, bounds, lambda a, b: float(abs(a - b) <= NOISE))),
    ]
    if (step := rules.step) is not None:
        within = _mean(units, bounds, lambda a, b: float(abs(a - b) <= step + NOISE))
        measures.append(Measure("Within one step", within))
    apart = _mean(units, bounds, lambda a, b: abs(a - b), highest=None)
    return [*measures, Measure("Mean difference", apart, is_share=False)]


def _mean(
    units: Sequence[Unit], bounds: bool, compare: Pairwise, *, highest: float | None = 1
) -> Estimate:
    """The mean over the units of the mean over all pairs of one."""
    scores = []
    for unit in units:
        pairs = [compare(one, other) for one, other in combinations(unit, 2)]
        scores.append(sum(pairs) / len(pairs))
    return estimate_mean(scores, highest=highest, bounds=bounds)
