"""Two versions of a task on the same test samples: what the later one won and lost, per variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from annotator.training.models import ModelVersion
from annotator.training.pairs import paired_interval, sign_test
from annotator.training.predictions import SamplePrediction, stream_predictions
from annotator.training.runner.scores import score
from annotator.variables import ConfigError, Metric, VariableSpec, read_remote_config

COMPARED = (
    20_000  # test samples of the earlier version that are kept in memory, without the models' texts
)
OUTCOMES = {"won": "Won", "lost": "Lost", "same": "Both right", "both_wrong": "Both wrong"}
CERTAIN = 0.05  # the sign test's probability below which a difference is called one


@dataclass(frozen=True, slots=True)
class Pair:
    """One variable of one sample that both versions answered; scores are 0 to 1."""

    sample_id: str
    name: str  # the sample's
    variable: str
    expected: Any
    before: Any
    after: Any
    score_before: float
    score_after: float

    @property
    def outcome(self) -> str:
        """One of OUTCOMES. Equal scores below 1 are both wrong."""
        if self.score_after != self.score_before:
            return "won" if self.score_after > self.score_before else "lost"
        return "same" if self.score_after == 1 else "both_wrong"


@dataclass
class VariableComparison:
    """One variable's pairs; `changed` samples are left out, because their accepted value is another now."""

    name: str
    pairs: list[Pair] = field(default_factory=list)
    changed: int = 0

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many pairs there are of each of OUTCOMES."""
        counts = dict.fromkeys(OUTCOMES, 0)
        for pair in self.pairs:
            counts[pair.outcome] += 1
        return counts

    @cached_property
    def before(self) -> float | None:
        """The earlier version's mean score on the pairs."""
        return _mean([pair.score_before for pair in self.pairs])

    @cached_property
    def after(self) -> float | None:
        """The later version's mean score on the pairs."""
        return _mean([pair.score_after for pair in self.pairs])

    @property
    def interval(self) -> tuple[float, float]:
        """A 95 % interval of the difference of the means."""
        return paired_interval(
            [pair.score_before for pair in self.pairs], [pair.score_after for pair in self.pairs]
        )

    @property
    def outcomes(self) -> list[tuple[str, str, int]]:
        """Each of OUTCOMES with its label and its number of pairs."""
        counts = self.counts
        return [(key, label, counts[key]) for key, label in OUTCOMES.items()]

    @property
    def difference(self) -> str:
        """The difference of the means in percentage points with its interval: “+4 (−2 to +9)”."""
        if self.before is None or self.after is None:
            return "–"
        low, high = (round(100 * end) for end in self.interval)
        return f"{_signed(round(100 * (self.after - self.before)))} ({_signed(low)} to {_signed(high)})"

    @property
    def verdict(self) -> str:
        """Better or worse, where the sign test is below CERTAIN; else empty."""
        if self.probability >= CERTAIN:
            return ""
        counts = self.counts
        return "better" if counts["won"] > counts["lost"] else "worse"

    @property
    def verdict_tone(self) -> str:
        """The look of the verdict's badge."""
        return {"better": "ok", "worse": "bad"}.get(self.verdict, "")

    @cached_property
    def probability(self) -> float:
        """The sign test's: how probable so uneven a split is if both are equally good."""
        counts = self.counts
        return sign_test(counts["won"], counts["lost"])


@dataclass(frozen=True)
class Comparison:
    """All variables of two versions. `common` samples were tested by both, the others by one alone.

    `is_cut` says that only the first COMPARED samples of the earlier version were looked at.
    """

    variables: list[VariableComparison]
    common: int
    only_before: int
    only_after: int
    is_cut: bool

    def pairs(self) -> Iterator[Pair]:
        """Variable by variable, in the order of the evaluation."""
        for variable in self.variables:
            yield from variable.pairs


def usual_before(after: ModelVersion, versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """What a version is compared with by itself: the one in production, else the newest other one."""
    others = [version for version in versions if version != after]
    number = after.task.production_version
    in_production = (version for version in others if version.version == number)
    return next(in_production, others[0] if others else None)


def compare(before: ModelVersion, after: ModelVersion) -> Comparison:
    """Compare the stored predictions; numbers are scored again, on one scale for both."""
    earlier, is_cut = _rows_by_sample(before)
    variables: dict[str, VariableComparison] = {}
    common = only_after = 0
    for row in stream_predictions(after):
        other = earlier.get(row.id)
        if other is None:
            only_after += 1
            continue
        common += 1
        for name in row.scores.keys() & other.scores.keys():
            variable = variables.setdefault(name, VariableComparison(name))
            if row.expected.get(name) == other.expected.get(name):
                variable.pairs.append(_pair(name, other, row))
            else:
                variable.changed += 1
    specs = _specs(after)
    order = [name for name in specs if name in variables]
    order += sorted(variables.keys() - specs.keys())
    for name in order:
        if name in specs:
            variables[name].pairs = _on_one_scale(specs[name], variables[name].pairs)
    return Comparison(
        [variables[name] for name in order], common, len(earlier) - common, only_after, is_cut
    )


def _rows_by_sample(version: ModelVersion) -> tuple[dict[str, SamplePrediction], bool]:
    rows: dict[str, SamplePrediction] = {}
    for row in stream_predictions(version):
        if len(rows) == COMPARED:
            return rows, True
        rows[row.id] = replace(row, raw=None)
    return rows, False


def _pair(name: str, before: SamplePrediction, after: SamplePrediction) -> Pair:
    return Pair(
        after.id,
        after.name or before.name,
        name,
        after.expected.get(name),
        before.values.get(name),
        after.values.get(name),
        before.scores[name],
        after.scores[name],
    )


def _specs(version: ModelVersion) -> dict[str, VariableSpec]:
    """The evaluated variables in their order, as far as their score needs them."""
    specs = {}
    for row in version.metrics.get("variables", []):
        try:
            specs[row["name"]] = read_remote_config({"name": row["name"], "type": row["type"]})
        except (ConfigError, KeyError):
            continue
    return specs


def _on_one_scale(spec: VariableSpec, pairs: list[Pair]) -> list[Pair]:
    """Numbers are scored by the range that their training knew, which differs between versions.

    Both are scored again by the range of the compared accepted values. A text that could not be read
    keeps its 0.
    """
    if spec.type_rules.metric != Metric.DISTANCE:
        return pairs
    numbers = [
        spec.type_rules.as_number(pair.expected) for pair in pairs if pair.expected is not None
    ]
    spread = max(numbers) - min(numbers) if numbers else 0.0

    def again(pair: Pair, value: Any, kept: float) -> float:
        return (
            0.0 if value is None and not kept else score(spec, pair.expected, value, spread=spread)
        )

    return [
        replace(
            pair,
            score_before=again(pair, pair.before, pair.score_before),
            score_after=again(pair, pair.after, pair.score_after),
        )
        for pair in pairs
    ]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _signed(points: int) -> str:
    """With its sign, a true minus; 0 without one."""
    return f"{points:+d}".replace("-", "\N{MINUS SIGN}") if points else "0"
