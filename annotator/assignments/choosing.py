"""Which samples a distribution is about."""

from __future__ import annotations

from django.http import QueryDict

from annotator.assignments.models import Distribution
from annotator.datasets.models import Sample, SampleQuerySet
from annotator.datasets.queries.filters import one_each, read_filter


def samples_of(distribution: Distribution) -> SampleQuerySet:
    """Those that it is about and that may change hands: they await a label, and nobody's work is lost."""
    samples = Sample.objects.in_dataset(distribution.dataset)
    if distribution.sample_ids is None:
        variables = list(distribution.dataset.variables.live())
        samples = read_filter(one_each(QueryDict(distribution.filter)), variables).apply(samples)
    else:
        samples = samples.filter(pk__in=distribution.sample_ids)
    samples = samples.filter(state=Sample.State.UNLABELED)
    if distribution.takes_back:
        return samples.filter(assignment__isnull=False)
    return samples if distribution.includes_assigned else samples.filter(assignment=None)
