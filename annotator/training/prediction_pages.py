"""Browsing the predictions of a version: one page of test samples, truth beside prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from annotator.accounts.models import Membership
from annotator.datasets.models import Sample
from annotator.datasets.queries.sample_cards import SampleCard, sample_cards
from annotator.training.comparisons import Pair
from annotator.training.models import ModelVersion
from annotator.training.predictions import SamplePrediction, stream_predictions
from annotator.training.queries import display

PAGE_SIZE = 24  # test samples
DEEPEST_PAGE = 100_000  # more were not reached by paging

Test = Callable[[SamplePrediction, str], bool]
OUTCOMES: dict[str, tuple[str, Test]] = {
    "wrong": ("Wrong", lambda row, name: row.scores[name] < 1),
    "right": ("Right", lambda row, name: row.scores[name] == 1),
    "unread": ("Could not be read", lambda row, name: name in row.problems),
}


@dataclass(frozen=True)
class PredictionFilter:
    """What the predictions are narrowed to: one variable (empty: any), one of OUTCOMES (empty: all)."""

    variable: str = ""
    outcome: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], variables: list[str]) -> PredictionFilter:
        """From the query string; what is not known narrows nothing."""
        variable, outcome = given.get("variable", ""), given.get("outcome", "")
        return cls(
            variable if variable in variables else "", outcome if outcome in OUTCOMES else ""
        )

    def names(self, row: SamplePrediction) -> list[str]:
        """The variables that are shown of the row."""
        return [name for name in row.scores if self.variable in ("", name)]

    def accepts(self, row: SamplePrediction) -> bool:
        """Whether the row is shown. Right means all its variables, wrong one of them."""
        names = self.names(row)
        if not self.outcome:
            return bool(names)
        combine = all if self.outcome == "right" else any
        return bool(names) and combine(OUTCOMES[self.outcome][1](row, name) for name in names)


@dataclass(frozen=True)
class PredictedValue:
    """One variable of one sample, for people. `confidence` is 0 to 1, None where unknown."""

    variable: str
    expected: str
    predicted: str
    score: float
    confidence: float | None
    problem: str

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.score == 1


@dataclass(frozen=True)
class PredictionCard:
    """One test sample; `card` (its picture) is None when it was deleted or cannot be seen."""

    prediction: SamplePrediction
    values: list[PredictedValue]
    card: SampleCard | None


@dataclass(frozen=True)
class PairCard:
    """One variable of one sample that two versions predicted; `card` as in PredictionCard."""

    pair: Pair
    expected: str
    before: str
    after: str
    card: SampleCard | None


Card = TypeVar("Card")


@dataclass(frozen=True)
class CardPage(Generic[Card]):
    """A page of the accepted samples, its number from 1, and whether there are more."""

    cards: list[Card]
    number: int
    has_next: bool

    @property
    def shown(self) -> str:
        """The places of its samples among the accepted ones: “25–48”."""
        first = (self.number - 1) * PAGE_SIZE
        return f"{first + 1:,}–{first + len(self.cards):,}" if self.cards else ""


def prediction_page(
    version: ModelVersion, member: Membership, narrowed: PredictionFilter, *, number: int
) -> CardPage[PredictionCard]:
    """Read the archive up to the page's end; no more than the page is kept in memory."""
    accepted: Iterator[SamplePrediction] = filter(narrowed.accepts, stream_predictions(version))
    start = (number - 1) * PAGE_SIZE
    rows = list(islice(accepted, start, start + PAGE_SIZE + 1))
    cards = cards_of([row.id for row in rows[:PAGE_SIZE]], member)
    return CardPage(
        [
            PredictionCard(
                row, [_value(row, name) for name in narrowed.names(row)], cards.get(row.id)
            )
            for row in rows[:PAGE_SIZE]
            if is_shown(row.id, cards, member)
        ],
        number,
        len(rows) > PAGE_SIZE,
    )


def pair_cards(pairs: Sequence[Pair], member: Membership) -> list[PairCard]:
    """The pairs of one page, with their pictures."""
    cards = cards_of([pair.sample_id for pair in pairs], member)
    return [
        PairCard(
            pair,
            display(pair.expected),
            display(pair.before),
            display(pair.after),
            cards.get(pair.sample_id),
        )
        for pair in pairs
        if is_shown(pair.sample_id, cards, member)
    ]


def is_shown(sample_id: str, visible: Mapping[str, Any], member: Membership) -> bool:
    """Whether the member may read what a sample's values were: not of gold, where they are tested with it."""
    return not member.tested_id or sample_id in visible


def cards_of(ids: list[str], member: Membership) -> dict[str, SampleCard]:
    """The samples' pictures by id, in two queries; without those that the member cannot see."""
    samples: dict[Any, Sample] = Sample.objects.visible_to(member).in_bulk(ids)
    return {str(card.sample.pk): card for card in sample_cards(list(samples.values()), [])}


def _value(row: SamplePrediction, name: str) -> PredictedValue:
    return PredictedValue(
        variable=name,
        expected=display(row.expected.get(name)),
        predicted=display(row.values.get(name)),
        score=row.scores[name],
        confidence=row.confidence.get(name),
        problem=row.problems.get(name, ""),
    )
