"""Does the work of imports chunk by chunk, so that any worker can continue after another was lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from django.db.models import F
from django.utils import timezone

from annotator.errors import BadInput, Conflict
from annotator.imports.answers import received, undoing
from annotator.imports.answers.batches import Importer, batches
from annotator.imports.answers.mapping import names_authors, targets_of
from annotator.imports.answers.opening import files_of, opened, read_columns
from annotator.imports.fetching import fetch
from annotator.imports.models import AnswerImport
from annotator.leases import LOSSES_MESSAGE, LeaseLost
from annotator.names import storable

State = AnswerImport.State
TRIES = 3  # of a batch: the schema or a value may change just then
Done = Callable[[AnswerImport], None]


def work(answer_import: AnswerImport, *, seconds: float, on_batch: Done = lambda one: None) -> bool:
    """Work for about so many seconds; whether something is left to do.

    `on_batch` is called after each batch. Does nothing when another worker holds the import.
    """
    lease_id = AnswerImport.objects.awaiting_work().filter(pk=answer_import.pk).take()
    if lease_id is None:
        fail_exhausted()
        return False
    answer_import.refresh_from_db()
    answer_import.lease_id = lease_id
    end = time.monotonic() + seconds
    try:
        if STEPS[answer_import.state](answer_import, end, on_batch):
            return answer_import.release()
    except LeaseLost:  # it was cancelled, or another worker holds it now
        return False
    except BadInput as refusal:
        fail(answer_import, str(refusal))
    return False


def fail(answer_import: AnswerImport, reason: str) -> None:
    """End it; what was written stays, and can be undone."""
    answer_import.release(
        state=State.FAILED,
        error=storable(reason)[:500],
        ended_at=timezone.now(),
        address=answer_import.plain_address,
    )
    answer_import.refresh_from_db()


def fail_exhausted() -> int:
    """End the imports that lost too many workers at one place; how many."""
    error = f"{LOSSES_MESSAGE} Undo the import, and import the file in parts."
    return AnswerImport.objects.active().end_exhausted(
        state=State.FAILED, error=error, ended_at=timezone.now(), address=""
    )


def _fetch(answer_import: AnswerImport, end: float, on_batch: Done) -> bool:
    """Download the file that it was given the address of; then its columns are left to read."""
    folder = received.folder_of(answer_import)
    downloaded = fetch(answer_import, folder, seconds=end - time.monotonic())
    if downloaded is not None:
        name = received.keep(answer_import, downloaded)
        answer_import.renew(
            state=State.OPENING,
            name=name[:300],
            address=answer_import.plain_address,
            started_at=timezone.now(),
            losses=0,
        )
    return True


def _open(answer_import: AnswerImport, end: float, on_batch: Done) -> bool:
    """Unpack what was received and read its columns."""
    fields = read_columns(answer_import)
    _finish(answer_import, State.MAPPING, **fields)
    return False


def _check(answer_import: AnswerImport, end: float, on_batch: Done) -> bool:
    return _go_through(answer_import, end, on_batch, is_check=True, then=State.CHECKED)


def _import(answer_import: AnswerImport, end: float, on_batch: Done) -> bool:
    return _go_through(answer_import, end, on_batch, is_check=False, then=State.DONE)


def _undo(answer_import: AnswerImport, end: float, on_batch: Done) -> bool:
    while undoing.undo_batch(answer_import):
        on_batch(answer_import)
        if time.monotonic() >= end:
            return True
    _finish(answer_import, State.UNDONE)
    return False


STEPS: dict[str, Callable[[AnswerImport, float, Done], bool]] = {
    State.FETCHING: _fetch,
    State.OPENING: _open,
    State.CHECKING: _check,
    State.IMPORTING: _import,
    State.UNDOING: _undo,
}


def _go_through(
    answer_import: AnswerImport, end: float, on_batch: Done, *, is_check: bool, then: str
) -> bool:
    """Batch by batch from where it stands; whether rows are left."""
    source = opened(answer_import)
    source.keeps_people = names_authors(targets_of(answer_import.mapping))
    files = files_of(answer_import, source)
    importer = Importer(answer_import, source, is_check=is_check, files=files, end=end)
    records = islice(source.records(), answer_import.position, None)
    for batch in batches(records, rows=importer.batch_rows):
        _do(importer, batch)
        on_batch(answer_import)
        if time.monotonic() >= end:
            return True
    _finish(answer_import, then, total=F("position"))
    if not is_check:
        received.remove(answer_import)
    return False


def _do(importer: Importer, records: Any) -> None:
    for number in range(1, TRIES + 1):
        try:
            importer.do(records)
            return
        except (BadInput, Conflict):
            if number == TRIES:
                raise
            importer.refresh()


def _finish(answer_import: AnswerImport, state: str, **fields: Any) -> None:
    if not answer_import.release(state=state, ended_at=timezone.now(), **fields):
        raise LeaseLost
    answer_import.refresh_from_db()
