"""What a gallery is narrowed to. Read from its address; the same text narrows a bulk action.

state=approved  split=test  q=fox  by=7 (a person's id)  order=oldest, newest
assigned=7          to this person; nobody; overdue (`assigned.py`)
gold=yes            gold samples, for those who may read which are
skipped=Blurred     skipped samples, for this reason
v.NAME=Mint         the value is this one (choices and yes/no: v.authentic=true)
v.NAME.min=7.5      the operators of the variable's type: min, max, has
v.NAME.is=missing   missing, invalid or set
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from annotator.accounts.models import Membership
from annotator.accounts.roles import may
from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.datasets.models.sample_queryset import SampleQuerySet
from annotator.datasets.queries import assigned, gold
from annotator.datasets.queries.conditions import (
    Condition,
    all_met,
    as_a_list,
    one_by_one,
    operators_of,
    values_of,
)
from annotator.datasets.queries.extras import ExtraCondition, ExtraReader, Listing
from annotator.names import name_contains
from annotator.variables import CONTAINS

PREFIX = "v."
SPLITS = {"train": "Training", "test": "Test"}
LONGEST = 500  # characters of one filter; more were not typed here

# Conditions beside those on the samples' values; a room appends its own when Django starts.
EXTRA_READERS: list[ExtraReader] = [assigned.read, gold.read]


@dataclass(frozen=True)
class GalleryFilter:
    """A filter that was read. With `problems` it finds nothing: a bulk action must never act on more
    than was meant.
    """

    state: str = ""
    split: str = ""
    search: str = ""
    person: int | None = None
    skip_reason: str = ""
    order: str = ""
    conditions: tuple[Condition, ...] = ()
    extras: tuple[ExtraCondition, ...] = ()
    problems: tuple[str, ...] = ()
    texts: tuple[Variable, ...] = field(default=(), repr=False)  # what the search looks through

    @property
    def is_deep(self) -> bool:
        """Whether rows have to be looked at one by one, so that counting all would cost."""
        texts = self.search or self.person or self.skip_reason
        return bool(texts or self.conditions or self.extras)

    @property
    def is_narrowed(self) -> bool:
        """Whether some samples may be left aside."""
        return bool(self.is_deep or self.state or self.split)

    @property
    def newest_first(self) -> bool:
        """Whether the samples are listed so; else in the order in which they came."""
        return self.order != "oldest"

    @property
    def listing(self) -> Listing | None:
        """The index that the samples can be read from, where one condition has such an index."""
        listings = [extra.listing for extra in self.extras if extra.listing]
        return listings[0] if len(listings) == 1 and not self.problems else None

    def allowed_to(self, member: Membership) -> GalleryFilter:
        """The same filter; one that finds nothing where it asks for what the member may not know."""
        refused = [each for each in self.extras if not may(member, each.action)]
        problems = [f"Your role does not allow this: {each.action.value}." for each in refused]
        return replace(self, problems=(*self.problems, *problems))

    def apply(
        self,
        samples: SampleQuerySet,
        *,
        without: Variable | None = None,
        frequent: bool = False,
        listing: Listing | None = None,
    ) -> SampleQuerySet:
        """The samples that pass; `without` leaves the conditions on one variable aside.

        `frequent` says that many pass, so that a page is found soonest by going through the samples in
        their order; else the values are looked up first; with `listing` they are read from its index. All
        find the same.
        """
        samples = self.apply_deep(samples, without=without, frequent=frequent, listing=listing)
        if self.state:
            samples = samples.filter(state=self.state)
        if self.split:
            samples = samples.filter(test=self.split == "test")
        return samples

    def apply_deep(
        self,
        samples: SampleQuerySet,
        *,
        without: Variable | None = None,
        frequent: bool = False,
        listing: Listing | None = None,
    ) -> SampleQuerySet:
        """As `apply`, without state and split."""
        if self.problems:
            return samples.none()
        among = one_by_one if frequent else as_a_list
        demands: dict[Variable, list[Condition]] = {}
        for condition in self.conditions:
            demands.setdefault(condition.variable, []).append(condition)
        for variable, conditions in demands.items():
            if variable != without:
                samples = samples.filter(all_met(variable, conditions, among))
        for extra in self.extras:
            samples = extra.narrow(samples, frequent=frequent, listing=listing)
        if self.skip_reason:
            samples = samples.filter(state=Sample.State.SKIPPED, skip_reason=self.skip_reason)
        if self.person is not None:
            answered = VariableValue.objects.filter(set_by=self.person)
            samples = samples.filter(among(answered))
        if self.search:
            matching = name_contains(self.search)
            for variable in self.texts:
                holding = Condition("", variable, self.search, CONTAINS)
                matching |= among(holding.matching(values_of(variable)))
            samples = samples.filter(matching)
        return samples


def one_each(params: QueryDict) -> dict[str, str]:
    """The last value of each name, as browsers' forms mean it."""
    return {name: str(values[-1]) for name, values in params.lists() if values}


def read_filter(given: Mapping[str, str], variables: Sequence[Variable]) -> GalleryFilter:
    """Read the address; what makes no sense is told in `problems`."""
    problems: list[str] = []
    text = {name: str(given.get(name, ""))[:LONGEST].strip() for name in FIELDS}
    state = _known(text["state"], Sample.State.values, "state", problems)
    split = _known(text["split"], SPLITS, "split", problems)
    person = text["by"] if text["by"].isascii() and text["by"].isdigit() else ""
    if text["by"] != person or len(person) > 18:
        problems.append("There is no such person.")
        person = ""
    if "\x00" in "".join(given.values()):
        problems.append("The character U+0000 cannot be searched for.")
    return GalleryFilter(
        state=state,
        split=split,
        search=text["q"].replace("\x00", ""),
        person=int(person) if person else None,
        skip_reason=text["skipped"].replace("\x00", ""),
        order=text["order"],
        conditions=_read_conditions(given, variables, problems),
        extras=_read_extras(given, variables, problems),
        problems=tuple(problems),
        texts=tuple(variable for variable in variables if CONTAINS.key in operators_of(variable)),
    )


def read_text(dataset: Dataset, text: str) -> GalleryFilter:
    """Read a filter of the dataset that a form sent or a job keeps as the text of its address; one query."""
    return read_filter(one_each(QueryDict(text)), list(dataset.variables.live()))


FIELDS = ("state", "split", "q", "by", "skipped", "order")


def _known(text: str, known: Container[str], what: str, problems: list[str]) -> str:
    if text and text not in known:
        problems.append(f"There is no {what} “{text}”.")
        return ""
    return text


def _read_conditions(
    given: Mapping[str, str], variables: Sequence[Variable], problems: list[str]
) -> tuple[Condition, ...]:
    by_name = {variable.name: variable for variable in variables}
    conditions = []
    for key, raw in given.items():
        text = str(raw)[:LONGEST].strip()
        if not key.startswith(PREFIX) or not text:
            continue
        name, _, operator = key.removeprefix(PREFIX).partition(".")
        variable = by_name.get(name)
        if variable is None:
            problems.append(f"There is no variable “{name}” to filter by.")
            continue
        if operator not in operators_of(variable):
            problems.append(_no_operator(variable, operator))
            continue
        condition = Condition(key, variable, text, operators_of(variable)[operator])
        try:
            condition.matching(VariableValue.objects.none())
        except ValueError:
            problems.append(f"“{text}” is no value to filter {name} by.")
            continue
        conditions.append(condition)
    return tuple(conditions)


def _read_extras(
    given: Mapping[str, str], variables: Sequence[Variable], problems: list[str]
) -> tuple[ExtraCondition, ...]:
    extras: list[ExtraCondition] = []
    for read in EXTRA_READERS:
        try:
            extras += read(given, variables)
        except ValueError as error:
            problems.append(str(error))
    return tuple(extras)


def _no_operator(variable: Variable, operator: str) -> str:
    """What a variable can be filtered by instead."""
    known = [f"{PREFIX}{variable.name}{f'.{key}' if key else ''}" for key in operators_of(variable)]
    asked = f"“.{operator}”" if operator else "its value"
    kind = variable.spec.type_rules.label.lower()
    return f"{variable.name} ({kind}) can't be filtered by {asked}: use {' or '.join(known)}."
