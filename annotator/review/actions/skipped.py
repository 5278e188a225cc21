"""What becomes of a skipped sample: somebody labels it after all, or a reviewer confirms that nobody can."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import F

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.errors import WrongState
from annotator.review.models import Review


@transaction.atomic
def label_again(sample: Sample, *, by: User) -> None:
    """Let the sample be labelled, also by who skipped it: what they typed is their draft again.

    Raises WrongState when it is not skipped (any more).
    """
    sample.move(to=Sample.State.UNLABELED, only_from=[Sample.State.SKIPPED])
    skipped = Answer.objects.filter(sample=sample, state=Answer.State.SKIPPED)
    skipped.update(state=Answer.State.DRAFT, skip_reason="", rev=F("rev") + 1)
    _record(sample, Review.Decision.REOPENED, "Back to labeling.", by=by)
    workspace = sample.dataset.workspace
    audit.record("sample.reopen", workspace=workspace, by=by, target=sample)


@transaction.atomic
def close(sample: Sample, *, by: User) -> None:
    """Confirm that the sample can't be labelled: it stays skipped, and out of the queue until it changes.

    Raises WrongState when it is not skipped (any more).
    """
    skipped = Sample.objects.select_for_update().filter(pk=sample.pk, state=Sample.State.SKIPPED)
    if not skipped.exists():
        raise WrongState(f"{sample} is no longer skipped: somebody was faster.")
    _record(sample, Review.Decision.CLOSED, sample.skip_reason, by=by)
    audit.record("sample.close", workspace=sample.dataset.workspace, by=by, target=sample)


def _record(sample: Sample, decision: str, reason: str, *, by: User) -> None:
    Review.objects.create(sample=sample, reviewer=by, decision=decision, reason=reason)


def each_of(
    samples: Iterable[Sample], action: Callable[..., None], *, by: User
) -> tuple[int, list[str]]:
    """Do one of these with many samples, each for itself: how many, and why not with the others."""
    done, refused = 0, []
    for sample in samples:
        try:
            action(sample, by=by)
        except WrongState as error:
            refused.append(str(error))
        else:
            done += 1
    return done, refused
