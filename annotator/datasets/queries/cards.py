"""Datasets with how far each is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Sum

from annotator.datasets.models import Dataset, Sample, SampleCount
from annotator.ui.charts import Part, stacked

ORDER = ["approved", "submitted", "returned", "skipped", "unlabeled"]


@dataclass
class DatasetCard:
    """A dataset and how far it is: its samples per state and in all."""

    dataset: Dataset
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All samples that are not deleted."""
        return sum(self.counts.values())

    @property
    def to_label(self) -> int:
        """Samples that nobody has answered; who is asked to label them, `annotation` knows."""
        return self.counts.get(Sample.State.UNLABELED, 0)

    @property
    def to_review(self) -> int:
        """Samples that wait for a reviewer."""
        return self.counts.get(Sample.State.SUBMITTED, 0)

    @property
    def parts(self) -> list[Part]:
        """The counts as one bar."""
        labels = dict(Sample.State.choices)
        return stacked([(state, labels[state], self.counts.get(state, 0)) for state in ORDER])


def dataset_cards(datasets: Iterable[Dataset]) -> list[DatasetCard]:
    """One card per dataset, in order; the counts of all in one query."""
    cards = {dataset.pk: DatasetCard(dataset) for dataset in datasets}
    rows = SampleCount.objects.filter(dataset__in=cards).values_list("dataset", "state")
    for pk, state, samples in rows.annotate(Sum("number")):
        if samples:
            cards[pk].counts[state] = samples
    return list(cards.values())
