"""Which answer comes next, so that no two reviewers get the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q

from annotator.accounts.models import Membership
from annotator.annotation.models import Answer, AnswerQuerySet
from annotator.annotation.work import choose, offer
from annotator.datasets.models import Dataset, Sample
from annotator.review.queries import awaiting


def next_answer(
    member: Membership,
    dataset: Dataset,
    *,
    after: Answer | None = None,
    hold: bool = True,
    exclude_ids: Collection[Any] = (),
    at_hand: Collection[Any] = (),
    is_riskiest_first: bool = False,
) -> Answer | None:
    """The answer that this person should review next, its sample leased to them; None when none is left.

    The longest waiting first, with `is_riskiest_first` among those of equal risk. With `after` the queue
    continues behind that answer, and begins again at its end: what was skipped comes back last. `exclude_ids`
    names answers to pass over, `at_hand` those that the page has loaded: they go first, in their order. With
    `hold` False nothing is leased (a link).
    """
    queue = _free(member, dataset).exclude(pk__in=list(exclude_ids))
    if is_riskiest_first:
        queue = queue.order_by("-risk", "submitted_at", "id")
    queues = _from(queue, after, is_riskiest_first=is_riskiest_first)
    if not hold:
        return offer(queues, user=member.user)
    loaded = [queue.filter(pk=each) for each in at_hand if after is None or each != after.pk]
    submitted = Answer.objects.filter(state=Answer.State.SUBMITTED)
    return choose(
        [*loaded, *queues],
        user=member.user,
        sample_of=lambda answer: answer.sample,
        only_if=lambda answer: Q(Exists(submitted.filter(pk=answer.pk))),
    )


def _free(member: Membership, dataset: Dataset) -> AnswerQuerySet:
    """What awaits this person's verdict and is open with nobody else."""
    samples = Sample.objects.filter(pk=OuterRef("sample")).free_for(member.user)
    queue = awaiting(member).filter(Exists(samples), dataset=dataset)
    return queue.select_related("sample__dataset").order_by("submitted_at", "id")


def _from(
    queue: AnswerQuerySet, after: Answer | None, *, is_riskiest_first: bool
) -> list[AnswerQuerySet]:
    """The queue behind an answer, then the whole of it without that one."""
    if after is None:
        return [queue]
    queue = queue.exclude(pk=after.pk)
    if after.submitted_at is None:
        return [queue]
    later = Q(submitted_at__gt=after.submitted_at)
    same = Q(submitted_at=after.submitted_at, id__gt=after.pk)
    behind = later | same
    if is_riskiest_first:
        behind = Q(behind, risk=after.risk) | Q(risk__lt=after.risk)
    return [queue.filter(behind), queue]
