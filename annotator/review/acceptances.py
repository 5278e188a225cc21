"""Which suggestions would be accepted together: those of a filter of the gallery, with examples."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from annotator.accounts.models import User
from annotator.datasets.models import Dataset, Sample, SampleQuerySet
from annotator.datasets.queries.filters import one_each, read_filter, read_text
from annotator.datasets.queries.sample_cards import SampleCard, sample_cards
from annotator.errors import BadInput
from annotator.suggestions.gallery import Wanted, read_wanted
from annotator.suggestions.models import Suggestion

EXAMPLES = 20


def wanted_of(dataset: Dataset, filter: str) -> list[Wanted]:
    """The suggestions that the gallery's filter means. BadInput when it means none, or anybody's."""
    variables = list(dataset.variables.live())
    params = one_each(QueryDict(filter))
    narrowed = read_filter(params, variables)
    if narrowed.problems:
        raise BadInput(" ".join(narrowed.problems))
    wanted = read_wanted(params, variables)
    if not wanted or any(each.source is None for each in wanted):
        raise BadInput("Filter the gallery by the suggestions of one source first.")
    return wanted


def samples_of(dataset: Dataset, filter: str, *, by: User | None) -> SampleQuerySet:
    """The filter's samples that await a label and that nobody else has open, in order of their ids."""
    samples = read_text(dataset, filter).apply(Sample.objects.in_dataset(dataset))
    samples = samples.filter(state=Sample.State.UNLABELED)
    return (samples.free_for(by) if by else samples).order_by("pk")


@dataclass(frozen=True)
class Preview:
    """How many samples it is about, and the first of them with what is suggested for each."""

    samples: int
    words: list[str]  # the conditions
    examples: list[tuple[SampleCard, list[Suggestion]]]


def acceptance_preview(dataset: Dataset, filter: str, *, by: User) -> Preview:
    """What accepting would do now, in a fixed number of queries. Raises BadInput as `wanted_of`."""
    wanted = wanted_of(dataset, filter)
    samples = samples_of(dataset, filter, by=by)
    first = list(samples[:EXAMPLES])
    by_sample: dict[object, list[Suggestion]] = {}
    for each in wanted:
        for row in each.rows.filter(sample__in=first).select_related("variable"):
            by_sample.setdefault(row.sample_id, []).append(row)
    return Preview(
        samples=samples.count(),
        words=[each.words for each in wanted],
        examples=[(card, by_sample.get(card.sample.pk, [])) for card in sample_cards(first, [])],
    )
