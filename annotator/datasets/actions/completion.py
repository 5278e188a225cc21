"""A sample's state follows its values, for samples that nobody is at work on."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from annotator.datasets.models import Sample, SampleQuerySet


def update_completion(samples: Iterable[Sample], *, any_cleared: bool = True) -> None:
    """Approve those to label, or skipped, that are complete; put approved ones that are not back to label.

    Submitted and returned samples are left to their reviewer and author. Without `any_cleared` legal values
    were only added or replaced, which makes no complete sample incomplete.
    """
    rows = Sample.objects.filter(pk__in=[sample.pk for sample in samples])
    states = set(rows.values_list("state", flat=True))  # far cheaper than a look at the values
    if states & {Sample.State.UNLABELED, Sample.State.SKIPPED}:
        waiting = rows.filter(state__in=[Sample.State.UNLABELED, Sample.State.SKIPPED])
        waiting.complete().update(state=Sample.State.APPROVED, updated_at=timezone.now())
    if any_cleared and Sample.State.APPROVED in states:
        reopen_incomplete(rows)


def reopen_incomplete(samples: SampleQuerySet) -> None:
    """Put the approved ones that are not complete (any more) back to label."""
    approved = samples.filter(state=Sample.State.APPROVED)
    approved.incomplete().update(state=Sample.State.UNLABELED, updated_at=timezone.now())
