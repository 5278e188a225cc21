"""The gallery's filter by open suggestions.

s.NAME=7        there is one for the variable, from the source with this id; `any`: whoever's
s.NAME.min=0.95 its confidence is at least this;  s.NAME.max=0.6 at most
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from annotator.datasets.models import Dataset, Variable
from annotator.datasets.queries.filters import ExtraCondition
from annotator.suggestions.models import Source, Suggestion, SuggestionQuerySet

PREFIX = "s."
ANY = "any"


@dataclass(frozen=True)
class Wanted:
    """Open suggestions for one variable: of one source (None: any), of a confidence between two bounds."""

    variable: Variable
    source: Source | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def rows(self) -> SuggestionQuerySet:
        """The suggestions that are meant."""
        rows = Suggestion.objects.open().filter(variable=self.variable)
        if self.source is not None:
            rows = rows.filter(source=self.source)
        else:
            workspace = Dataset.objects.filter(pk=self.variable.dataset_id).values("workspace")
            rows = rows.filter(source__in=Source.objects.filter(workspace__in=workspace))
        if self.minimum is not None:
            rows = rows.filter(confidence__gte=self.minimum)
        if self.maximum is not None:
            rows = rows.filter(confidence__lte=self.maximum)
        return rows

    @property
    def words(self) -> str:
        """“Suggestion of grader 3 for grade, confidence at least 0.95”."""
        parts = [f"Suggestion of {self.source or 'any source'} for {self.variable.name}"]
        if self.minimum is not None:
            parts.append(f"confidence at least {self.minimum:g}")
        if self.maximum is not None:
            parts.append(f"confidence at most {self.maximum:g}")
        return ", ".join(parts)


def read(given: Mapping[str, str], variables: Sequence[Variable]) -> list[ExtraCondition]:
    """The conditions of an address, one for each variable. Raises ValueError with what is wrong."""
    return [
        ExtraCondition(
            f"{PREFIX}{each.variable.name}", each.words, Q(pk__in=each.rows.values("sample"))
        )
        for each in read_wanted(given, variables)
    ]


def read_wanted(given: Mapping[str, str], variables: Sequence[Variable]) -> list[Wanted]:
    """The suggestions that an address means. Raises ValueError with what is wrong."""
    names = {f"{PREFIX}{variable.name}": variable for variable in variables}
    texts = {key: str(text).strip() for key, text in given.items() if key.startswith(PREFIX)}
    wanted = []
    for key, text in texts.items():
        if key not in names:
            head = key.removesuffix(".min").removesuffix(".max")
            if head not in names:
                raise ValueError(f"There is no variable “{head.removeprefix(PREFIX)[:80]}” here.")
            continue  # a bound: read with its variable; without one it is left aside
        if text:
            wanted.append(
                Wanted(
                    names[key],
                    _source(text, names[key]),
                    _share(texts.get(f"{key}.min", "")),
                    _share(texts.get(f"{key}.max", "")),
                )
            )
    return wanted


def _source(text: str, variable: Variable) -> Source | None:
    """Raises ValueError for one that is not of the variable's workspace."""
    if text == ANY:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= 18
    sources = Source.objects.filter(workspace__datasets=variable.dataset_id)
    source = sources.filter(pk=int(text)).first() if is_number else None
    if source is None:
        raise ValueError("There is no such source of suggestions.")
    return source


def _share(text: str) -> float | None:
    """Raises ValueError for what is no number from 0 to 1."""
    if not text:
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"“{text[:40]}” is no confidence: write a number from 0 to 1.")
    return share
