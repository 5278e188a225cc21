"""Which samples a distribution is about."""

from __future__ import annotations

from annotator.assignments.models import Distribution
from annotator.datasets.models import Sample, SampleQuerySet
from annotator.datasets.queries.filters import read_text


def samples_of(distribution: Distribution) -> SampleQuerySet:
    """Those that it is about and that may change hands: they await a label, and nobody's work is lost."""
    samples = Sample.objects.in_dataset(distribution.dataset)
    if distribution.sample_ids is None:
        samples = read_text(distribution.dataset, distribution.filter).apply(samples)
    else:
        samples = samples.filter(pk__in=distribution.sample_ids)
    samples = samples.filter(state=Sample.State.UNLABELED)
    if distribution.takes_back:
        return samples.filter(assignment__isnull=False)
    return samples if distribution.includes_assigned else samples.filter(assignment=None)
