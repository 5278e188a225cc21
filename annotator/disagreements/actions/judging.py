"""A reviewer says who is right; where it is the model, the value is corrected."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import User
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.disagreements.models import Disagreement, Verdict
from annotator.errors import BadInput, WrongState
from annotator.push.actions import enqueue_deliveries


@transaction.atomic
def judge(row: Disagreement, *, verdict: str, by: User, seen_rev: int) -> None:
    """Keep the verdict; where the model is right, its value becomes the accepted one and awaits its push.

    `seen_rev` is the revision of the value that the person saw: WrongState when it has moved on, when
    the sample was opened again, or when somebody else was faster. Raises BadInput for an unknown verdict,
    and for a value that the variable does not allow any more.
    """
    if verdict not in Verdict.values:
        raise BadInput("Choose who is right.")
    held = _held(row)
    if held.rev != seen_rev:
        raise WrongState("The value was changed after you opened this. Look at it again.")
    mine = Disagreement.objects.filter(pk=row.pk).waiting()
    if not mine.update(verdict=verdict, judged_by=by, judged_at=timezone.now()):
        row.refresh_from_db()
        who = row.judged_by.display_name if row.judged_by else "Somebody"
        raise WrongState(f"{who} has judged this already: {row.get_verdict_display().lower()}.")
    row.accepted, row.accepted_rev, row.verdict = held.value, held.rev, verdict
    if verdict == Verdict.MODEL:
        row.accepted_rev = _set(row, row.suggested, by=by, reason=f"Model right: {row.source}")
    row.save(update_fields=["accepted", "accepted_rev"])


@transaction.atomic
def take_back(row: Disagreement, *, by: User) -> None:
    """Take one's own verdict back; a corrected value is what it was before, and the history keeps both.

    Raises WrongState when it is somebody else's, or when the value was changed since.
    """
    mine = Disagreement.objects.filter(pk=row.pk, judged_by=by, verdict=row.verdict).judged()
    if not mine.update(verdict="", judged_by=None, judged_at=None):
        raise WrongState("There is no verdict of yours to take back.")
    if row.verdict == Verdict.MODEL:
        if _held(row).rev != row.accepted_rev:
            raise WrongState("The value was changed since: it stays as it is.")
        rev = _set(row, row.accepted, by=by, reason="Verdict taken back")
        Disagreement.objects.filter(pk=row.pk).update(accepted_rev=rev)


def _held(row: Disagreement) -> VariableValue:
    """The accepted value as it is now."""
    held = VariableValue.objects.filter(sample=row.sample_id, variable=row.variable_id).first()
    if held is None or not held.is_set or row.sample.state != Sample.State.APPROVED:
        raise WrongState("The sample was opened again since: it has no accepted value to judge.")
    return held


def _set(row: Disagreement, value: object, *, by: User, reason: str) -> int:
    """The revision of the value that this writes."""
    held = set_value(
        row.sample,
        row.variable,
        value,
        origin=Origin.REVIEWED,
        by=by,
        expected_rev=_held(row).rev,
        reason=reason[:500],
    )
    enqueue_deliveries([row.sample_id])
    return held.rev
