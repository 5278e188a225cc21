"""The gallery's filter by open suggestions.

s.NAME=7        there is one for the variable, from the source with this id; `any`: whoever's
s.NAME.min=0.95 its confidence is at least this;  s.NAME.max=0.6 at most
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q

from annotator.datasets.models import Dataset, SampleQuerySet, Variable
from annotator.datasets.queries.extras import ExtraCondition, Listing
from annotator.suggestions.models import Source, Suggestion, SuggestionQuerySet

PREFIX = "s."
ANY = "any"
MOST_LISTED = 100_000


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
        if self.source is not None:
            return self._narrowed().filter(source=self.source)
        workspace = Dataset.objects.filter(pk=self.variable.dataset_id).values("workspace")
        return self._narrowed().filter(source__in=Source.objects.filter(workspace__in=workspace))

    @property
    def _bounds(self) -> dict[str, float]:
        """Those of the confidence, as a filter."""
        bounds = {"confidence__gte": self.minimum, "confidence__lte": self.maximum}
        return {name: bound for name, bound in bounds.items() if bound is not None}

    def _narrowed(self) -> SuggestionQuerySet:
        """Those of whatever source."""
        return Suggestion.objects.open().filter(variable=self.variable, **self._bounds)

    def condition(self) -> Q:
        """That a sample has one. One query, which reads at most MOST_LISTED entries of an index.

        They are read as a list from that index, or where they are many asked of each sample in turn.
        """
        if not self.rows.order_by()[MOST_LISTED : MOST_LISTED + 1].exists():
            return Q(pk__in=self.rows.values("sample"))
        return self.one_by_one

    @property
    def one_by_one(self) -> Q:
        """The same, asked of each sample in turn."""
        of_sample = self._narrowed().filter(sample=OuterRef("pk"))
        if self.source is not None:
            # As a sum: SQLite would take the index that begins with the source, not that of the sample.
            of_sample = of_sample.annotate(its_source=F("source") + 0)
            of_sample = of_sample.filter(its_source=self.source.pk)
        return Q(Exists(of_sample))

    @property
    def listing(self) -> Listing | None:
        """Of one source and with a bound, which leaves out what has no confidence: by confidence."""
        if self.source is None or not self._bounds:
            return None
        is_descending = self.minimum is not None
        return Listing(
            label="Most confident first" if is_descending else "Least confident first",
            narrow=self.narrow,
            columns=("suggested_confidence", "suggested_sample"),
            is_descending=is_descending,
        )

    def narrow(self, samples: SampleQuerySet) -> SampleQuerySet:
        """The samples, each with the suggestion that is meant: a sample has one open one of a source."""
        demands = {"variable": self.variable, "source": self.source, "closed_at": None}
        every = {f"suggestions__{name}": each for name, each in (demands | self._bounds).items()}
        return samples.filter(**every).annotate(
            suggested_confidence=F("suggestions__confidence"),
            suggested_sample=F("suggestions__sample"),
        )

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
            f"{PREFIX}{each.variable.name}",
            each.words,
            each.condition,
            one_by_one=each.one_by_one,
            listing=each.listing,
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
