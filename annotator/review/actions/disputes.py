"""Where one reviewer is not enough: an author disputes a return, or people differ."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from annotator.accounts import audit
from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action
from annotator.annotation.actions import submit_unchanged
from annotator.annotation.models import Answer
from annotator.comments.actions import add_comment
from annotator.errors import NotPermitted, WrongState
from annotator.review.queries import differing_variables


@transaction.atomic
def dispute(answer: Answer, *, by: User, text: str) -> None:
    """Submit one's returned answer as it is, with the reason why: another reviewer decides, if there is one.

    Raises NotPermitted for another's answer, WrongState when it is not returned (any more), BadInput without
    a reason or when a value is missing.
    """
    if answer.author_id != by.pk:
        raise NotPermitted("Only its author can dispute that an answer was returned.")
    verdict = answer.reviews.first()
    if not answer.is_returned or verdict is None:
        raise WrongState("This answer is not returned (any more): there is nothing to dispute.")
    returned = answer.returned_fields.last_return().select_related("variable")
    fields = [each.variable for each in returned]
    variable = fields[0] if len(fields) == 1 else None
    add_comment(answer.sample, by=by, text=text, answer=answer, variable=variable)
    submit_unchanged(answer, by=by)
    first = verdict.reviewer if _has_another(answer, verdict.reviewer) else None
    Answer.objects.filter(pk=answer.pk).update(first_reviewer=first)
    workspace = answer.sample.dataset.workspace
    audit.record("answer.dispute", workspace=workspace, by=by, target=answer.sample)


def needs_second(answer: Answer, *, by: User) -> bool:
    """Whether an approval by this reviewer waits for another's: people differ, and the dataset asks two."""
    sample = answer.sample
    is_asked = sample.dataset.differing_need_two and sample.asks_several
    if not is_asked or answer.first_reviewer_id is not None:
        return False
    return bool(differing_variables(answer)) and _has_another(answer, by)


def _has_another(answer: Answer, first: User | None) -> bool:
    """Whether somebody else than the first reviewer may review the answer."""
    dataset = answer.sample.dataset
    people = Membership.objects.filter(workspace=dataset.workspace_id).who_may(Action.REVIEW)
    others = people.exclude(user=first)
    if not dataset.self_review_allowed:
        others = others.exclude(user=answer.author_id)
    return others.exists()


def wait_for_second(answer: Answer, *, by: User) -> None:
    """Leave an answer that `by` has approved to another reviewer; its revision grows for that verdict."""
    Answer.objects.filter(pk=answer.pk).update(first_reviewer=by, rev=F("rev") + 1)
    answer.refresh_from_db(fields=["first_reviewer", "rev"])
