"""Samples that would wait for somebody who is no longer there."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.roles import Action
from annotator.annotation.actions.collecting import compare_if_complete, end_assignments
from annotator.annotation.models import Answer
from annotator.datasets.models import Assignment, Sample, SampleQuerySet


@transaction.atomic
def release_work(workspace: Workspace, user: User) -> None:
    """Let others have what the person was assigned, has open, or has been returned in this workspace.

    Of an assignment to several the others keep the samples. Answers stay; what was returned to the person is
    labelled anew by anybody. A fixed number of statements, but for samples that several people answer.
    """
    samples = Sample.objects.filter(dataset__workspace=workspace)
    samples.filter(lease_holder=user).end_leases()
    samples.filter(lease_wanted_by=user).update(lease_wanted_by=None)
    theirs = list(
        Assignment.objects.to(user)
        .filter(dataset__workspace=workspace)
        .values_list("pk", flat=True)
    )
    Assignment.people.through.objects.filter(user=user, assignment__in=theirs).delete()
    end_assignments(samples.filter(assignment__in=theirs))
    Assignment.objects.filter(pk__in=theirs, people=None).delete()
    release_returned(samples)


def release_returned(samples: SampleQuerySet) -> int:
    """Have those of the samples labelled anew that were returned to somebody who has left; how many."""
    staying = Membership.objects.who_may(Action.LABEL).filter(
        user=OuterRef("author"), workspace=OuterRef("sample__dataset__workspace")
    )
    returned = Answer.objects.filter(sample=OuterRef("pk"), state=Answer.State.RETURNED)
    waiting = samples.filter(~Exists(returned.filter(Exists(staying))), state=Sample.State.RETURNED)
    of_several = Answer.objects.filter(sample=OuterRef("pk"), state=Answer.State.COLLECTED)
    answered = list(waiting.filter(Exists(of_several)).select_related("dataset"))
    number = waiting.update(state=Sample.State.UNLABELED)
    for sample in answered:
        compare_if_complete(sample)
    return number
