"""How far people agree, kept with what it was made from but without anybody's name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

from django.core.cache import cache

from annotator.annotation.comparing import agree_on
from annotator.datasets.models import Dataset, Variable
from annotator.figures.agreement import PairAgreement, VariableAgreement, agreement_of, pairs_of
from annotator.figures.answers import answers_state
from annotator.figures.given import Given, given_in
from annotator.figures.people import names_of
from annotator.kept import KEPT_SECONDS, Kept, make_and_keep, read_or_make

SHAPE = 3  # of what is kept: grows when a class of it changes, so that nobody reads an older one

# By person and variable: of how many comparisons with others, how many agree.
Shares = Mapping[int, Mapping[uuid.UUID, tuple[int, int]]]


@dataclass(frozen=True, kw_only=True)
class Report(Kept):
    """The figures of a dataset."""

    samples: int  # that it is made from
    is_cut: bool  # whether there are more
    agreements: Sequence[VariableAgreement]
    shares: Shares

    def share_in(self, variable_id: uuid.UUID, person: int | None = None) -> tuple[int, int]:
        """The same in one variable, of everybody unless a `person` is named."""
        people = self.shares if person is None else {person: self.shares.get(person, {})}
        parts = [each.get(variable_id, (0, 0)) for each in people.values()]
        times = 2 if person is None else 1  # each comparison is one of two people
        return sum(of for of, _ in parts) // times, sum(agree for _, agree in parts) // times

    def share_of(self, person: int) -> tuple[int, int]:
        """(comparisons of this person's values with others', how many of them agree), over all variables."""
        parts = self.shares.get(person, {}).values()
        return sum(of for of, _ in parts), sum(agree for _, agree in parts)


def report_of(dataset: Dataset, variables: Sequence[Variable]) -> Report:
    """The kept report, made anew where that is quick; the first one is made now. Two queries while kept."""
    made_from = _state_of(dataset, variables)
    make = partial(make_report, dataset, variables, made_from=made_from)
    return read_or_make(key_of(dataset), made_from, make)


def make_report(
    dataset: Dataset, variables: Sequence[Variable], *, made_from: str | None = None
) -> Report:
    """Work the report out and keep it. Eight queries at the most."""
    made_from = made_from or _state_of(dataset, variables)
    return make_and_keep(
        key_of(dataset), Report, made_from, lambda: _figures(dataset, variables, made_from)
    )


def _figures(dataset: Dataset, variables: Sequence[Variable], made_from: str) -> dict[str, Any]:
    given = given_in(dataset)
    cache.set(f"{key_of(dataset)}:given", (made_from, given), KEPT_SECONDS)
    return {
        "samples": len(given.samples),
        "is_cut": given.is_cut,
        "agreements": agreement_of(given, variables) if given.samples else [],
        "shares": _shares(given, variables),
    }


def given_of(dataset: Dataset, report: Report) -> Given:
    """What the report was made from, kept apart: a megabyte or two that most pages don't need."""
    kept: tuple[str, Given] | None = cache.get(f"{key_of(dataset)}:given")
    return given_in(dataset) if kept is None or kept[0] != report.made_from else kept[1]


def pairs_in(
    dataset: Dataset, report: Report, variable: Variable, path: str = ""
) -> list[PairAgreement]:
    """`pairs_of` the report, kept along with it."""
    key = f"{key_of(dataset)}:{variable.pk}:{uuid.uuid5(uuid.NAMESPACE_OID, path).hex}"
    kept: tuple[str, list[PairAgreement]] | None = cache.get(key)
    if kept is not None and kept[0] == report.made_from:
        return _named(kept[1])
    pairs = pairs_of(given_of(dataset, report), variable, path)
    cache.set(key, (report.made_from, pairs), KEPT_SECONDS)
    return _named(pairs)


def _named(pairs: Sequence[PairAgreement]) -> list[PairAgreement]:
    names = names_of({each for pair in pairs for each in (pair.one, pair.other)})
    return [replace(pair, names=(names[pair.one], names[pair.other])) for pair in pairs]


def key_of(dataset: Dataset) -> str:
    """Under which it is kept."""
    return f"agreement:{SHAPE}:{dataset.pk}"


def _state_of(dataset: Dataset, variables: Sequence[Variable]) -> str:
    """Changes with the answers that count, and with a rule. Two queries."""
    rules = [(str(each.pk), each.rules, each.tolerance, each.text_rule) for each in variables]
    return repr((*answers_state(dataset), rules))


def _shares(given: Given, variables: Sequence[Variable]) -> Shares:
    shares: dict[int, dict[uuid.UUID, tuple[int, int]]] = {}

    def count(person: int, variable: Variable, agrees: bool) -> None:
        of, agree = shares.setdefault(person, {}).get(variable.pk, (0, 0))
        shares[person][variable.pk] = of + 1, agree + agrees

    for variable in variables:
        for _, row in given.units(variable):
            for (one, value), (other, its_value) in combinations(row, 2):
                agrees = agree_on(variable, value, its_value)
                count(one.person, variable, agrees)
                count(other.person, variable, agrees)
    return shares
