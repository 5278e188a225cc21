"""The choices beside the gallery, each with the number of samples that it leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.http import QueryDict

from annotator.datasets.models import Dataset, Sample, SampleCount, Variable
from annotator.datasets.queries.filters import (
    PREFIX,
    SPLITS,
    GalleryFilter,
    filter_column,
    invalid_values,
    legal_values,
    operators_of,
)
from annotator.ui.words import number

CAP = 10_000  # samples that are counted in a deep filter; beyond it the exact number helps nobody
SMALL = 2_000  # samples up to which every facet is counted at once
FACET_CAP = 5_000  # samples of a filter whose values are counted
MAX_OPEN = 8  # facets that are open by themselves
MAX_CHOICES = 30  # lines of one facet

STATES = [(state.value, state.label) for state in Sample.State]
Splits = Counter[tuple[str, bool]]  # samples by (state, is a test sample)


@dataclass(frozen=True)
class Link:
    """One line of a facet. `count` is text; empty when nothing was counted."""

    words: str
    url: str
    count: str = ""
    current: bool = False


@dataclass(frozen=True)
class Facet:
    """One group of lines; a closed one has an `open_url` that counts it.

    `inputs`: name, label, value, placeholder.
    """

    title: str
    links: list[Link] = field(default_factory=list)
    open_url: str = ""
    inputs: list[tuple[str, str, str, str]] = field(default_factory=list)
    is_numeric: bool = False


@dataclass(frozen=True)
class Counts:
    """Samples by state and split; with `capped` only CAP of them were counted."""

    rows: Splits
    capped: bool = False
    skip_reasons: Counter[str] = field(default_factory=Counter)  # of the whole dataset alone

    def total(self, *, state: str = "", split: str = "") -> int:
        """Those of one state, one split, or both; all when nothing is said."""
        return sum(
            n
            for (its_state, test), n in self.rows.items()
            if state in {"", its_state} and split in {"", "test" if test else "train"}
        )

    def text(self, count: int) -> str:
        """With a plus when there may be more."""
        return f"{number(count)}+" if self.capped else number(count)


def all_counts(dataset: Dataset) -> Counts:
    """Of the whole dataset, exactly: one query for what the database keeps."""
    counts = Counts(Counter())
    rows = SampleCount.objects.filter(dataset=dataset)
    for state, test, reason, samples in rows.values_list("state", "test", "skip_reason", "number"):
        counts.rows[state, test] += samples
        if reason:
            counts.skip_reasons[reason] += samples
    return counts


def counts_in(dataset: Dataset, narrowed: GalleryFilter, whole: Counts) -> Counts:
    """Of a filter, state and split left aside; at most CAP samples are looked at."""
    if narrowed.problems:
        return Counts(Counter())
    if not narrowed.is_deep:
        return whole
    samples = narrowed.apply_deep(Sample.objects.in_dataset(dataset))
    rows = list(samples.order_by().values_list("state", "test")[: CAP + 1])
    return Counts(Counter(rows[:CAP]), capped=len(rows) > CAP)


def facets(
    dataset: Dataset,
    variables: Sequence[Variable],
    narrowed: GalleryFilter,
    counts: Counts,
    *,
    whole: Counts,
    params: QueryDict,
) -> list[Facet]:
    """State, split, then a facet per variable that can be filtered, in order."""
    opened, samples = set(params.getlist("open")), whole.total()
    result = [
        _fixed("State", "state", STATES, narrowed.state, counts, narrowed, params),
        _fixed("Split", "split", list(SPLITS.items()), narrowed.split, counts, narrowed, params),
    ]
    if reasons := +whole.skip_reasons:
        result.append(_of_skip_reasons(reasons, narrowed, params))
    open_ones = 0
    for variable in variables:
        used = any(condition.variable == variable for condition in narrowed.conditions)
        by_itself = samples <= SMALL and open_ones < MAX_OPEN
        if used or by_itself or variable.name in opened:
            result.append(_of_variable(dataset, variable, narrowed, samples, params))
            open_ones += 1
        else:
            names = [*opened, variable.name]
            url = address(params, {"open": names})
            result.append(Facet(variable.name, open_url=url))
    return result


def _of_skip_reasons(reasons: Counter[str], narrowed: GalleryFilter, params: QueryDict) -> Facet:
    """Why samples were skipped, each with the number of those that are, the most frequent first."""
    links = []
    for reason, count in reasons.most_common(MAX_CHOICES):
        is_chosen = narrowed.skip_reason == reason
        changes: dict[str, str | list[str]] = {"skipped": "" if is_chosen else reason}
        if not is_chosen:
            changes |= {"state": ""}  # another state has none of them
        links.append(Link(reason, address(params, changes), number(count), current=is_chosen))
    return Facet("Skipped because", links)


def address(params: QueryDict, changes: dict[str, str | list[str]]) -> str:
    """The query string with changes ("" removes a name), from the first page on."""
    changed = params.copy()
    for name in ("after", "at"):
        changed.pop(name, None)
    for name, value in changes.items():
        if value:
            changed.setlist(name, value if isinstance(value, list) else [value])
        else:
            changed.pop(name, None)
    for name in [name for name, values in changed.lists() if not any(values)]:
        del changed[name]
    return f"?{changed.urlencode()}"


def _fixed(
    title: str,
    name: str,
    choices: list[tuple[str, str]],
    chosen: str,
    counts: Counts,
    narrowed: GalleryFilter,
    params: QueryDict,
) -> Facet:
    other = {"split": narrowed.split} if name == "state" else {"state": narrowed.state}

    def link(value: str, words: str) -> Link:
        count = counts.total(**{**other, name: value})
        url = address(params, {name: value})
        return Link(words, url, counts.text(count), current=chosen == value)

    return Facet(title, [link("", "All"), *(link(value, words) for value, words in choices)])


def _of_variable(
    dataset: Dataset,
    variable: Variable,
    narrowed: GalleryFilter,
    whole: int,
    params: QueryDict,
) -> Facet:
    key = f"{PREFIX}{variable.name}"
    counted = _count_values(dataset, variable, narrowed, whole)
    links = []
    for value, words in _choices_of(variable):
        chosen = params.get(key) == value
        url = address(params, {key: "" if chosen else value, f"{key}.is": ""})
        links.append(Link(words, url, counted.text(value), chosen))
    for value in ("missing", "invalid"):
        chosen = params.get(f"{key}.is") == value
        if value == "invalid" and not chosen and not counted.has("invalid"):
            continue
        names = [f"{key}.{operator}".removesuffix(".") for operator in operators_of(variable)]
        others = dict.fromkeys(names, "")
        url = address(params, {**others, f"{key}.is": "" if chosen else value})
        links.append(Link(value.capitalize(), url, counted.text(value), chosen))
    rules = variable.spec.type_rules
    inputs = []
    for operator in rules.facet_inputs():
        name = f"{key}.{operator.key}"
        label = f"{variable.name}, {operator.label}"
        inputs.append((name, label, params.get(name, ""), operator.placeholder))
    return Facet(variable.name, links, inputs=inputs, is_numeric=rules.is_numeric)


def _choices_of(variable: Variable) -> list[tuple[str, str]]:
    return variable.spec.type_rules.facet_choices()[:MAX_CHOICES]


@dataclass(frozen=True)
class _Counted:
    """Samples by value, `missing` and `invalid` among them; None where counting would cost too much."""

    rows: Counter[str] | None
    capped: bool = False

    def has(self, value: str) -> bool:
        """Whether there are any, as far as is known."""
        return self.rows is None or self.rows[value] > 0

    def text(self, value: str) -> str:
        """The number of samples; empty where they were not counted."""
        if self.rows is None:
            return ""
        return f"{number(self.rows[value])}+" if self.capped else number(self.rows[value])


def _count_values(
    dataset: Dataset, variable: Variable, narrowed: GalleryFilter, whole: int
) -> _Counted:
    """How many samples hold which value: of the dataset exactly, in a filter among FACET_CAP samples."""
    others = [each for each in narrowed.conditions if each.variable != variable]
    is_narrowed = (
        narrowed.search
        or narrowed.person
        or narrowed.skip_reason
        or others
        or narrowed.state
        or narrowed.split
    )
    if narrowed.problems or (whole > SMALL and not filter_column(variable)):
        return _Counted(None)
    if not is_narrowed:
        gone = Sample.objects.filter(dataset=dataset, removed_at__isnull=False).values("pk")
        rows = _tally(variable, None)
        rows.subtract(_tally(variable, gone))
        rows["missing"] = whole - sum(rows.values())
        return _Counted(rows)
    if whole > SMALL and not _choices_of(variable):
        return _Counted(None)
    samples = narrowed.apply(Sample.objects.in_dataset(dataset), without=variable).order_by()
    looked_at = samples.values("pk")[: FACET_CAP + 1]
    total = looked_at.count()
    rows = _tally(variable, looked_at)
    rows["missing"] = total - sum(rows.values())
    return _Counted(rows, capped=total > FACET_CAP)


def _tally(variable: Variable, samples: Any) -> Counter[str]:
    """Values by their key (choices and yes/no; others under ""), `invalid` ones too; of some samples."""
    legal, invalid = legal_values(variable), invalid_values(variable)
    if samples is not None:
        legal, invalid = legal.filter(sample__in=samples), invalid.filter(sample__in=samples)
    column = filter_column(variable)
    if column and _choices_of(variable):
        key_of = variable.spec.type_rules.facet_key
        grouped = legal.order_by().values_list(column).annotate(samples=Count("*"))
        rows = Counter({key_of(value): number for value, number in grouped})
    else:
        rows = Counter({"": legal.count()})
    rows["invalid"] = invalid.count()
    return rows
