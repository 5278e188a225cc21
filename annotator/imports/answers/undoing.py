"""Takes back what an import wrote, where nobody has changed it since; says what was left, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import User
from annotator.annotation.actions import submit_script_values
from annotator.annotation.actions.undoing import undo_submit
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.actions import (
    ValueUpdate,
    remove_images,
    remove_objects,
    remove_variable,
    set_many,
)
from annotator.datasets.models import Origin, Sample, ValueRevision, Variable, VariableValue
from annotator.errors import AnnotatorError
from annotator.imports.answers.batches import kept
from annotator.imports.answers.rows import Refusal
from annotator.imports.models import AnswerImport, AnswerRefusal, AnswerRow
from annotator.push.actions import enqueue_deliveries
from annotator.suggestions.models import Suggestion

ROWS = 200  # of one transaction
LEFT = "Look at it, and change it there if it should go."


def undo_batch(answer_import: AnswerImport) -> bool:
    """Take back some rows, the last ones first; whether rows are left."""
    rows = list(answer_import.rows.select_related("sample__dataset").order_by("-id")[:ROWS])
    if not rows:
        _remove_variables(answer_import)
        return False
    with transaction.atomic():
        left = _undo_rows(answer_import, rows)
        AnswerRefusal.objects.bulk_create([kept(answer_import, each) for each in left])
        AnswerRow.objects.filter(pk__in=[row.pk for row in rows]).delete()
        refused = answer_import.refused + len(left)
        answer_import.renew(losses=0, refused=refused)
    return True


def _undo_rows(answer_import: AnswerImport, rows: Sequence[AnswerRow]) -> list[Refusal]:
    samples: dict[Any, Sample | None] = {}
    for row in rows:  # two rows about one sample change the same object, one after the other
        row.sample = samples.setdefault(row.sample_id, row.sample)
    present = [row for row in rows if row.sample is not None and row.sample.removed_at is None]
    left: list[Refusal] = []
    _restore_values(answer_import, present, left)
    for row in present:
        for undo in (_undo_answer, _undo_suggestions, _undo_objects, _undo_fields):
            undo(answer_import, row, left)
    _remove_made(answer_import, present, left)
    return left


def _leave(row: AnswerRow, left: list[Refusal], what: str, why: str) -> None:
    left.append(
        Refusal(number=row.number, column=what, value=str(row.sample), reason=why, remedy=LEFT)
    )


def _restore_values(
    answer_import: AnswerImport, rows: Sequence[AnswerRow], left: list[Refusal]
) -> None:
    """Accepted values get back what they had, those that still have the revision that was written."""
    wanted = {
        (row.sample_id, pk): (row, rev)
        for row in rows
        for pk, rev in row.changes.get("values", {}).items()
    }
    if not wanted:
        return
    stored = VariableValue.objects.filter(
        sample__in={row.sample_id for row in rows}, variable__in={pk for _, pk in wanted}
    ).select_related("variable")
    values: dict[Any, VariableValue] = {
        (value.sample_id, str(value.variable_id)): value for value in stored
    }
    before = _earlier(values.values())
    updates = []
    for key, (row, rev) in wanted.items():
        value = values.get(key)
        if value is None:
            continue
        if value.rev != rev:
            _leave(row, left, value.variable.name, "It was changed after the import.")
            continue
        old = before.get(value.pk)
        if value.variable.removed_at is None:
            updates.append(_update_to(answer_import, row, value, old))
    _set_back(updates)


def _earlier(values: Any) -> dict[Any, ValueRevision]:
    """The revision before the newest, by the value's id."""
    revs = {value.pk: value.rev - 1 for value in values}
    history = ValueRevision.objects.filter(value_row__in=revs)
    return {each.value_row_id: each for each in history if each.rev == revs[each.value_row_id]}


def _update_to(
    answer_import: AnswerImport, row: AnswerRow, value: VariableValue, old: ValueRevision | None
) -> ValueUpdate:
    assert row.sample is not None
    return ValueUpdate(
        sample=row.sample,
        variable=value.variable,
        value=old.value if old is not None and old.is_set else None,
        origin=old.origin if old is not None else Origin.IMPORTED,
        by=old.set_by if old is not None else answer_import.started_by,
        expected_rev=value.rev,
    )


def _set_back(updates: Sequence[ValueUpdate]) -> None:
    if updates:
        set_many(updates)
        mirrored = {update.sample.pk for update in updates if update.sample.is_mirrored}
        enqueue_deliveries(list(mirrored))


def _undo_answer(answer_import: AnswerImport, row: AnswerRow, left: list[Refusal]) -> None:
    """The person's answer loses the values, while it is theirs to change and as it was written."""
    revs = row.changes.get("answers")
    by = _author_of(answer_import, row)
    if not revs or by is None:
        return
    assert row.sample is not None
    answer = Answer.objects.own(row.sample, by)
    values = {str(value.variable_id): value for value in answer.value_rows().values()}
    is_same = all(pk in values and values[pk].rev == rev for pk, rev in revs.items())
    if not answer.is_saved or not is_same or answer.state == Answer.State.APPROVED:
        _leave(row, left, "", "The answer was reviewed or changed after the import.")
        return
    try:
        with transaction.atomic():
            if answer.state in {Answer.State.SUBMITTED, Answer.State.COLLECTED}:
                undo_submit(answer, by=by)
                answer.sample.release(by)
            _take_back(answer, values, revs, by=by)
    except AnnotatorError as refusal:
        _leave(row, left, "", str(refusal))


def _author_of(answer_import: AnswerImport, row: AnswerRow) -> User | None:
    if "author" not in row.changes:
        return answer_import.started_by
    return User.objects.filter(pk=row.changes["author"]).first()


def _take_back(
    answer: Answer, values: dict[str, AnswerValue], revs: dict[str, int], *, by: Any
) -> None:
    """An answer that the import alone has written goes; of another, its values are what they were."""
    if all(value.rev == 1 and pk in revs for pk, value in values.items()):
        answer.delete()
        return
    before = {}
    for variable in Variable.objects.filter(pk__in=revs, removed_at=None):
        history = values[str(variable.pk)].history.filter(rev=revs[str(variable.pk)] - 1)
        old = history.first()
        before[variable] = old.value if old is not None and old.is_set else None
    submit_script_values(answer.sample, before, by=by)


def _undo_suggestions(answer_import: AnswerImport, row: AnswerRow, left: list[Refusal]) -> None:
    """Suggestions that nobody has decided about are superseded."""
    for variable, source in row.changes.get("suggestions", {}).items():
        proposed = Suggestion.objects.filter(
            sample=row.sample, variable=variable, source=source
        ).order_by("pk")
        newest = proposed.last()
        if newest is not None and newest.state == Suggestion.State.OPEN:
            newest.state, newest.closed_at = Suggestion.State.SUPERSEDED, timezone.now()
            newest.save(update_fields=["state", "closed_at"])
        elif newest is not None and newest.state != Suggestion.State.SUPERSEDED:
            _leave(row, left, newest.variable.name, "Somebody has decided about this suggestion.")


def _undo_objects(answer_import: AnswerImport, row: AnswerRow, left: list[Refusal]) -> None:
    assert row.sample is not None
    if objects := row.changes.get("objects"):
        remove_objects(row.sample, objects, by=answer_import.started_by)
    if images := row.changes.get("images"):
        remove_images(row.sample, images, by=answer_import.started_by)


def _undo_fields(answer_import: AnswerImport, row: AnswerRow, left: list[Refusal]) -> None:
    """Name, metadata and so on, each where it is still what the import wrote."""
    fields = row.changes.get("fields")
    if not fields:
        return
    sample = row.sample
    assert sample is not None
    changed = []
    for name, (old, new) in fields.items():
        if getattr(sample, name) != new:
            _leave(row, left, name, "It was changed after the import.")
        else:
            setattr(sample, name, old)
            changed.append(name)
    if changed:
        sample.save(update_fields=[*changed, "updated_at"])


def _remove_made(
    answer_import: AnswerImport, rows: Sequence[AnswerRow], left: list[Refusal]
) -> None:
    """Samples that the import made go, where nobody has set a value or given an answer."""
    made: dict[Any, AnswerRow] = {row.sample_id: row for row in rows if row.is_made}
    touched = set(
        VariableValue.objects.filter(sample__in=made, is_set=True).values_list(
            "sample_id", flat=True
        )
    ) | set(Answer.objects.filter(sample__in=made).values_list("sample_id", flat=True))
    for pk in touched:
        row = made[pk]
        _leave(row, left, "", "Somebody has worked on this sample: it stays.")
    gone = [pk for pk in made if pk not in touched]
    Sample.objects.filter(pk__in=gone, removed_at=None).update(removed_at=timezone.now())


def _remove_variables(answer_import: AnswerImport) -> None:
    """Variables that the import made go, where no sample has a value of them any more."""
    for variable in Variable.objects.filter(
        pk__in=answer_import.variables_made, removed_at=None
    ).select_related("dataset"):
        if not variable.values.filter(is_set=True, sample__removed_at=None).exists():
            remove_variable(variable, by=answer_import.started_by)
