"""Which sample comes next, so that no two people get the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer
from annotator.datasets.models import Dataset, Sample, SampleQuerySet

DRAFTS = 200  # of one person, looked through for one that can be gone on with
CANDIDATES = 25  # looked at in one go; a lease lost to somebody else moves on to the next


def next_sample(
    member: Membership,
    dataset: Dataset,
    *,
    exclude_ids: Collection[Any] = (),
    hold: bool = True,
    preferred_id: Any = None,
) -> Sample | None:
    """The sample this person should label next, leased to them; None when nothing is left.

    First what a reviewer returned to them, then what they began, then what nobody has begun. `exclude_ids`
    names samples to pass over; with `hold` False nothing is leased (a look ahead). `preferred_id` is the
    sample that the page has at hand: it comes first among its equals.
    """
    for candidates in _candidates(member, dataset, exclude_ids):
        chosen = candidates.filter(pk=preferred_id).first() if preferred_id else None
        for sample in ([chosen] if chosen else []) + list(candidates[:CANDIDATES]):
            if not hold or sample.lease_to(member.user):
                return sample
    return None


def look_ahead(
    member: Membership, dataset: Dataset, *, exclude_ids: Collection[Any]
) -> Sample | None:
    """The sample that will probably come next; nothing is held.

    People who work on the same dataset look at different ones, or all but one would look in vain.
    """
    colleagues = (
        Sample.objects.in_dataset(dataset)
        .filter(leased_until__gt=timezone.now(), lease_holder__lt=member.user_id)
        .order_by()
        .values("lease_holder")
        .distinct()
    )
    place = min(len(colleagues), CANDIDATES - 1)
    returned, begun, fresh = _candidates(member, dataset, exclude_ids)
    first = returned.first() or begun.first()
    if first is not None:
        return first
    free = list(fresh[: place + 1])
    return free[-1] if free else None


def _candidates(
    member: Membership, dataset: Dataset, exclude_ids: Collection[Any]
) -> tuple[SampleQuerySet, SampleQuerySet, SampleQuerySet]:
    samples = (
        Sample.objects.visible_to(member).filter(dataset=dataset).exclude(pk__in=list(exclude_ids))
    )
    return (
        _returned(samples, member),
        _begun(samples, member, dataset),
        _fresh(samples, member, dataset),
    )


def take(sample: Sample, *, member: Membership, take_over: bool = False) -> bool:
    """Open one sample for this person; False when somebody else has it open."""
    return sample.lease_to(member.user, take_over=take_over)


def _returned(samples: SampleQuerySet, member: Membership) -> SampleQuerySet:
    return samples.filter(
        state=Sample.State.RETURNED,
        answers__author=member.user,
        answers__state=Answer.State.RETURNED,
    ).order_by("answers__returned_at", "id")


def _begun(samples: SampleQuerySet, member: Membership, dataset: Dataset) -> SampleQuerySet:
    """One's own drafts. Found from the answers: from 100,000 samples it took 70 ms on SQLite."""
    drafts = Answer.objects.filter(
        author=member.user,
        state=Answer.State.DRAFT,
        sample__dataset=dataset,
        sample__state=Sample.State.UNLABELED,
    ).values_list("sample_id", flat=True)
    begun = samples.filter(pk__in=list(drafts[:DRAFTS]), state=Sample.State.UNLABELED)
    return begun.free_for(member.user).order_by("created_at", "id")


def _fresh(samples: SampleQuerySet, member: Membership, dataset: Dataset) -> SampleQuerySet:
    """Nobody's: begun drafts of others count as free once their lease has run out."""
    own = Answer.objects.filter(author=member.user, sample__dataset=dataset)
    return (
        samples.free_for(member.user)
        .filter(state=Sample.State.UNLABELED)
        .exclude(pk__in=own.exclude(state=Answer.State.DRAFT).values("sample_id"))
        .order_by("created_at", "id")
    )
