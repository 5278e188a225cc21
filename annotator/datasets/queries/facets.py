"""The choices beside the gallery, each with the number of samples that it leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef
from django.http import QueryDict

from annotator.datasets.models import Dataset, Sample, SampleCount, SampleQuerySet, Variable
from annotator.datasets.queries.conditions import filter_column, operators_of
from annotator.datasets.queries.filters import PREFIX, SPLITS, GalleryFilter
from annotator.datasets.queries.gold import in_place
from annotator.datasets.sql import Kind, Splits, Tally, splits_of, tally
from annotator.json_rows import JsonRows
from annotator.ui.words import number

CAP = 10_000  # samples that are counted in a deep filter; beyond it the exact number helps nobody
SMALL = 2_000  # samples up to which every facet is counted at once
FACET_CAP = 5_000  # samples of a filter whose values are counted
TALLIED_AT_ONCE = 50  # facets of one statement: SQLite takes some hundred parts of one
MAX_OPEN = 8  # facets that are open by themselves
MAX_CHOICES = 30  # lines of one facet

STATES = [(state.value, state.label) for state in Sample.State]


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


# Of each dataset of a query, for `all_counts`.
KEPT_COUNTS = JsonRows(
    SampleCount.objects.filter(dataset=OuterRef("pk")), "state", "test", "skip_reason", "number"
)


def all_counts(kept: Iterable[Sequence[Any]], copies: Iterable[Sequence[Any]] = ()) -> Counts:
    """Of the whole dataset, exactly, from the rows of its KEPT_COUNTS and of the reader's `gold_copies`."""
    counts = Counts(Counter())
    for state, test, reason, samples in [*kept, *in_place(copies)]:
        counts.rows[state, bool(test)] += samples
        if reason:
            counts.skip_reasons[reason] += samples
    return counts


def counts_in(samples: SampleQuerySet, narrowed: GalleryFilter, whole: Counts) -> Counts:
    """Of a filter over all that is shown, state and split left aside; at most CAP samples are looked at."""
    if narrowed.problems:
        return Counts(Counter())
    if not narrowed.is_deep:
        return whole
    passing = narrowed.apply_deep(samples, listing=narrowed.listing).order_by()
    rows = splits_of(passing.values("state", "test")[:CAP])
    return Counts(rows, capped=rows.total() == CAP)


def facets(
    dataset: Dataset,
    variables: Sequence[Variable],
    narrowed: GalleryFilter,
    counts: Counts,
    *,
    whole: Counts,
    params: QueryDict,
    among: SampleQuerySet | None = None,
) -> list[Facet]:
    """State, split, then a facet per variable that can be filtered, in order.

    `among`: the samples that are shown, where these are not just all of the dataset.
    """
    opened, samples = set(params.getlist("open")), whole.total()
    result = [
        _fixed("State", "state", STATES, narrowed.state, counts, narrowed, params),
        _fixed("Split", "split", list(SPLITS.items()), narrowed.split, counts, narrowed, params),
    ]
    if reasons := +whole.skip_reasons:
        result.append(_of_skip_reasons(reasons, narrowed, params))
    shown: list[Variable] = []
    for variable in variables:
        used = any(condition.variable == variable for condition in narrowed.conditions)
        by_itself = samples <= SMALL and len(shown) < MAX_OPEN
        if used or by_itself or variable.name in opened:
            shown.append(variable)
    counted = _count_values(dataset, shown, narrowed, samples, among)
    for variable in variables:
        if variable in counted:
            result.append(_of_variable(variable, counted[variable], params))
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


def _of_variable(variable: Variable, counted: _Counted, params: QueryDict) -> Facet:
    key = f"{PREFIX}{variable.name}"
    links = []
    for value, words in _choices_of(variable):
        chosen = params.get(key) == value
        url = address(params, {key: "" if chosen else value, f"{key}.is": ""})
        links.append(Link(words, url, counted.text(value), chosen))
    for kind in (Kind.MISSING, Kind.INVALID):
        value = kind.value
        chosen = params.get(f"{key}.is") == value
        if kind == Kind.INVALID and not chosen and not counted.has(kind):
            continue
        names = [f"{key}.{operator}".removesuffix(".") for operator in operators_of(variable)]
        others = dict.fromkeys(names, "")
        url = address(params, {**others, f"{key}.is": "" if chosen else value})
        links.append(Link(value.capitalize(), url, counted.text(kind), chosen))
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
    """Samples by value, MISSING and INVALID among them; None where counting would cost too much."""

    rows: Counter[str | Kind] | None
    capped: bool = False

    def has(self, value: str | Kind) -> bool:
        """Whether there are any, as far as is known."""
        return self.rows is None or self.rows[value] > 0

    def text(self, value: str | Kind) -> str:
        """The number of samples; empty where they were not counted."""
        if self.rows is None:
            return ""
        return f"{number(self.rows[value])}+" if self.capped else number(self.rows[value])


def _count_values(
    dataset: Dataset,
    variables: Sequence[Variable],
    narrowed: GalleryFilter,
    whole: int,
    shown: SampleQuerySet | None,
) -> dict[Variable, _Counted]:
    """How many samples hold which value: of the dataset exactly, in a filter among FACET_CAP samples.

    One query for TALLIED_AT_ONCE of them.
    """
    counted = dict.fromkeys(variables, _Counted(None))
    everything = Sample.objects.in_dataset(dataset) if shown is None else shown
    listing = narrowed.listing
    passing = narrowed.apply(everything, listing=listing).order_by().values("pk")[: FACET_CAP + 1]
    wanted = []
    for variable in variables:
        column, by_value = filter_column(variable), bool(_choices_of(variable))
        if narrowed.problems or (whole > SMALL and not column):
            continue
        among = None
        if shown is not None or _narrows_others(narrowed, variable):
            if whole > SMALL and not by_value:
                continue
            among = passing
            if any(condition.variable == variable for condition in narrowed.conditions):
                samples = narrowed.apply(everything, without=variable, listing=listing)
                among = samples.order_by().values("pk")[: FACET_CAP + 1]
        wanted.append(Tally(variable=variable, column=column, by_value=by_value, among=among))
    for start in range(0, len(wanted), TALLIED_AT_ONCE):
        batch = wanted[start : start + TALLIED_AT_ONCE]
        for each, rows in zip(batch, tally(dataset, batch), strict=True):
            counted[each.variable] = _counted(each, rows, whole)
    return counted


def _narrows_others(narrowed: GalleryFilter, variable: Variable) -> bool:
    """Whether the filter asks for anything but this variable."""
    return bool(
        narrowed.search
        or narrowed.person
        or narrowed.skip_reason
        or narrowed.state
        or narrowed.split
        or narrowed.extras
        or any(each.variable != variable for each in narrowed.conditions)
    )


def _counted(each: Tally, rows: Counter[Any], whole: int) -> _Counted:
    """By the values' keys in the address (choices and yes/no), others as ANY."""
    total = whole if each.among is None else rows.pop(Kind.TOTAL, 0)
    key_of = each.variable.spec.type_rules.facet_key
    counts = Counter(
        {key if isinstance(key, Kind) else key_of(key): number for key, number in rows.items()}
    )
    counts[Kind.MISSING] = total - sum(counts.values())
    return _Counted(counts, capped=each.among is not None and total > FACET_CAP)
