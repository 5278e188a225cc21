"""Datasets with how far each is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import JSONField, OuterRef, QuerySet, Value

from annotator.accounts.models import Membership
from annotator.datasets.models import Dataset, Sample, SampleCount
from annotator.datasets.queries.gold import gold_copies, in_place
from annotator.json_rows import JsonRows
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


def dataset_cards(
    datasets: QuerySet[Dataset], member: Membership | None = None
) -> list[DatasetCard]:
    """One card per dataset, in order, with the kept counts, as the member is shown them; one query."""
    kept = SampleCount.objects.filter(dataset=OuterRef("pk"))
    tested_id = member.tested_id if member else 0
    counted = datasets.annotate(
        kept_counts=JsonRows(kept, "state", "number"),
        copies=gold_copies(OuterRef("pk"), tested_id)
        if tested_id
        else Value(None, output_field=JSONField()),
    )
    cards = []
    for dataset in counted:
        counts: Counter[str] = Counter()
        for state, samples in dataset.kept_counts:
            counts[state] += samples
        for state, _, _, samples in in_place(dataset.copies or ()):
            counts[state] += samples
        cards.append(DatasetCard(dataset, {**+counts}))
    return cards
