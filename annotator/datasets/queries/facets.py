"""The choices beside the gallery, each with the number of samples that it leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, CharField, Count, ExpressionWrapper, F, Q, Value
from django.http import QueryDict

from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.datasets.models.value import VariableValueQuerySet
from annotator.datasets.queries.filters import PREFIX, SPLITS, GalleryFilter
from annotator.ui.words import number

CAP = 10_000  # samples that are counted in a deep filter; beyond it the exact number helps nobody
SMALL = 2_000  # samples up to which every facet is counted at once
MOST_OPEN = 8  # facets that are open by themselves
MOST_CHOICES = 30  # lines of one facet

STATES = [(state.value, state.label) for state in Sample.State]
Splits = Counter[tuple[str, bool]]  # samples by (state, is a test sample)


@dataclass(frozen=True)
class Link:
    """One line of a facet. `count` is text; None when nothing was counted."""

    words: str
    url: str
    count: str | None = None
    current: bool = False


@dataclass(frozen=True)
class Facet:
    """One group of lines; a closed one has an `open_url` that counts it. `inputs`: (name, label, value)."""

    title: str
    links: list[Link] = field(default_factory=list)
    open_url: str = ""
    inputs: list[tuple[str, str, str]] = field(default_factory=list)
    numeric: bool = False


@dataclass(frozen=True)
class Counts:
    """Samples by state and split; with `capped` only CAP of them were counted."""

    rows: Splits
    capped: bool = False

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
    """Of the whole dataset, exactly: one query that reads an index alone."""
    rows = Sample.objects.in_dataset(dataset).order_by().values_list("state", "test")
    found = rows.annotate(number=Count("pk"))
    return Counts(Counter({(state, test): n for state, test, n in found}))


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
    whole: int,
    params: QueryDict,
) -> list[Facet]:
    """State, split, then a facet per variable that can be filtered, in order."""
    opened = set(params.getlist("open"))
    result = [
        _fixed("State", "state", STATES, narrowed.state, counts, narrowed, params),
        _fixed("Split", "split", list(SPLITS.items()), narrowed.split, counts, narrowed, params),
    ]
    open_ones = 0
    for variable in variables:
        used = any(condition.variable == variable for condition in narrowed.conditions)
        by_itself = whole <= SMALL and open_ones < MOST_OPEN
        if used or by_itself or variable.name in opened:
            result.append(_of_variable(dataset, variable, narrowed, params))
            open_ones += 1
        else:
            names = [*opened, variable.name]
            url = address(params, {"open": names})
            result.append(Facet(variable.name, open_url=url))
    return result


def address(params: QueryDict, changes: dict[str, str | list[str]]) -> str:
    """The query string with changes ("" takes a name out), from the first page on."""
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
    dataset: Dataset, variable: Variable, narrowed: GalleryFilter, params: QueryDict
) -> Facet:
    key = f"{PREFIX}{variable.name}"
    counted = _count_values(dataset, variable, narrowed)
    links = []
    for value, words in _choices_of(variable):
        chosen = params.get(key) == value
        url = address(params, {key: "" if chosen else value, f"{key}.is": ""})
        links.append(Link(words, url, counted.text(value), chosen))
    for value in ("missing", "invalid"):
        chosen = params.get(f"{key}.is") == value
        if value == "invalid" and not chosen and not counted.rows["invalid"]:
            continue
        others = dict.fromkeys((key, f"{key}.min", f"{key}.max", f"{key}.has"), "")
        url = address(params, {**others, f"{key}.is": "" if chosen else value})
        links.append(Link(value.capitalize(), url, counted.text(value), chosen))
    inputs = [
        (f"{key}.{operator}", f"{variable.name}, {words}", params.get(f"{key}.{operator}", ""))
        for operator, words in _ranges_of(variable)
    ]
    return Facet(variable.name, links, inputs=inputs, numeric=len(inputs) == 2)


def _choices_of(variable: Variable) -> list[tuple[str, str]]:
    if variable.type == "boolean":
        return [("true", "Yes"), ("false", "No")]
    if variable.type == "string":
        return [(choice, choice) for choice in variable.choices[:MOST_CHOICES]]
    return []


def _ranges_of(variable: Variable) -> list[tuple[str, str]]:
    if variable.type in {"integer", "float"}:
        return [("min", "at least"), ("max", "at most")]
    if variable.type == "string" and not variable.choices:
        return [("has", "holds")]
    return []


@dataclass(frozen=True)
class _Counted:
    """Samples by value, `missing` and `invalid` among them."""

    rows: Counter[str]
    capped: bool

    def text(self, value: str) -> str:
        return f"{number(self.rows[value])}+" if self.capped else number(self.rows[value])


def _count_values(dataset: Dataset, variable: Variable, narrowed: GalleryFilter) -> _Counted:
    """How many samples hold which value: exactly, or among CAP samples of a filter. Two queries."""
    if narrowed.problems:
        return _Counted(Counter(), capped=False)
    samples = narrowed.apply(Sample.objects.in_dataset(dataset), without=variable).order_by()
    values = VariableValue.objects.filter(variable=variable, is_set=True)
    others = [each for each in narrowed.conditions if each.variable != variable]
    if narrowed.search or narrowed.person or others or narrowed.state or narrowed.split:
        samples = samples[: CAP + 1]
        values = values.filter(sample__in=samples.values("pk"))
    else:
        values = values.filter(sample__removed_at=None)
    total = samples.count()
    rows: Counter[str] = Counter()
    for value, is_bad, number_of_samples in _grouped(variable, values):
        rows["invalid" if is_bad else _key(value)] += number_of_samples
    rows["missing"] = total - sum(rows.values())
    return _Counted(rows, capped=samples.query.is_sliced and total > CAP)


def _grouped(variable: Variable, values: VariableValueQuerySet) -> Iterable[tuple[Any, bool, int]]:
    """(value, is invalid, number); only choices and yes/no are told apart by their value."""
    is_bad = ExpressionWrapper(Q(invalid_since__isnull=False), output_field=BooleanField())
    column = F("truth") if variable.type == "boolean" else F("text")
    if variable.type != "boolean" and not variable.choices:
        column = Value(None, output_field=CharField())  # type: ignore[assignment]
    rows = values.order_by().annotate(is_bad=is_bad, column=column)
    return rows.values_list("column", "is_bad").annotate(number=Count("pk"))


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""
