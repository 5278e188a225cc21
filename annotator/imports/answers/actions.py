"""Changes of an import of answers: begin, receive, choose columns, check, import, cancel, undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.datasets.actions import create_variable
from annotator.datasets.models import Dataset
from annotator.errors import BadInput, WrongState
from annotator.imports import zips
from annotator.imports.answers import mapping, received
from annotator.imports.answers.mapping import Target, fields_of
from annotator.imports.answers.opening import TABLES
from annotator.imports.fetching import checked_address, file_name
from annotator.imports.formats import SOURCES
from annotator.imports.formats.records import Reading, Standing
from annotator.imports.grouping import is_passed_over
from annotator.imports.models import AnswerImport
from annotator.names import storable

State = AnswerImport.State
MAX_TABLE_BYTES = 2_000_000_000  # of one file with answers
MAX_MENDED = 5_000  # cells that a person corrects here
MAX_CELL_CHARACTERS = 10_000
ANEW = {**dict.fromkeys(AnswerImport.COUNTS, 0), "position": 0, "error": "", "ended_at": None}


def begin(
    dataset: Dataset,
    *,
    by: User | None,
    standing: str = Standing.REVIEW,
    path: Path | None = None,
    address: str = "",
) -> AnswerImport:
    """An import that waits for its files; with the `path` of a file or folder here, for its columns; with
    an `address`, for a worker that downloads the file. Raises BadInput for what is no address.
    """
    if standing not in Standing.values:
        raise BadInput(f"There is no state {standing!r} of answers.")
    answer_import = AnswerImport(dataset=dataset, standing=standing, started_by=by)
    if path is not None:
        if storable(str(path.resolve())) != str(path.resolve()):
            raise BadInput("The path of this file is not UTF-8: rename the file, or its folder.")
        answer_import.path, answer_import.name = str(path.resolve()), path.name[:300]
        answer_import.state, answer_import.started_at = State.OPENING, timezone.now()
    elif address:
        answer_import.address = checked_address(address)
        answer_import.name = storable(file_name(answer_import.address))[:300]
        answer_import.state, answer_import.started_at = State.FETCHING, timezone.now()
    answer_import.save()
    return answer_import


def receive(answer_import: AnswerImport, *, path: str, chunks: Iterable[bytes]) -> None:
    """Keep one file. The same path again replaces it. Raises BadInput for one that is not allowed."""
    if not answer_import.is_receiving:
        raise WrongState("This import has started or ended. Start a new import for more files.")
    if is_passed_over(path):
        return
    suffix = Path(path).suffix.lower()
    is_large = suffix in TABLES or suffix in {".zip", ".arrow"}
    limit = MAX_TABLE_BYTES if is_large else settings.IMAGE_MAX_BYTES
    limit = zips.MAX_ZIP_BYTES if suffix == ".zip" else limit
    received.write(answer_import, path, chunks, max_bytes=limit)


def start_reading(answer_import: AnswerImport) -> None:
    """All files are here: their columns are read. Raises WrongState the second time."""
    names = received.names(answer_import)
    if not names:
        raise BadInput("Choose a file with answers.")
    folder = names[0].partition("/")[0]
    name = names[0] if len(names) == 1 else folder
    _move(answer_import, State.OPENING, only_from=[State.RECEIVING], name=name[:300])


def read_again(
    answer_import: AnswerImport, *, reading: Reading, source_format: str = "", table: str = ""
) -> None:
    """Read the columns anew, as a person says that the file is written. Of another file or sheet everything
    else is guessed anew.
    """
    if source_format and source_format not in SOURCES:
        raise BadInput(f"There is no format {source_format!r}.")
    if table and table not in answer_import.tables:
        raise BadInput(f"There is no file {table!r} in this import.")
    if table and table != answer_import.table:
        source_format, reading = "", Reading()
    elif reading.sheet != answer_import.reading.get("sheet", ""):
        reading = Reading(sheet=reading.sheet)
    _move(
        answer_import,
        State.OPENING,
        only_from=AnswerImport.CHANGEABLE,
        reading=asdict(reading),
        source_format=source_format,
        table=table or answer_import.table,
        mended={},
    )


def choose_columns(
    answer_import: AnswerImport,
    targets: Sequence[Target],
    *,
    standing: str,
    fetches_pictures: bool = False,
) -> None:
    """Keep what the columns are for. Raises BadInput, with the columns to correct, and keeps nothing."""
    if standing not in Standing.values:
        raise BadInput(
            "Choose what the imported answers are.", fields={"standing": ["Choose one."]}
        )
    mapping.check(answer_import.dataset, targets, standing=standing)
    changeable = AnswerImport.objects.filter(pk=answer_import.pk, state__in=AnswerImport.CHANGEABLE)
    changes: dict[str, Any] = {"mapping": mapping.written(targets), "standing": standing}
    changes["fetches_pictures"] = fetches_pictures
    if not changeable.update(**changes, state=State.MAPPING):
        raise WrongState("Columns can't be changed any more: the import has begun.")
    answer_import.refresh_from_db()


def mend(answer_import: AnswerImport, cells: Mapping[int, Mapping[str, str]]) -> None:
    """Put a person's texts in place of refused cells, by row number and column."""
    mended: dict[str, dict[str, str]] = {
        key: dict(row) for key, row in answer_import.mended.items()
    }
    columns = {entry["column"] for entry in answer_import.mapping}
    for number, row in cells.items():
        for column, text in row.items():
            if column not in columns:
                raise BadInput(f"There is no column “{column}” in this file.")
            mended.setdefault(str(number), {})[column] = text[:MAX_CELL_CHARACTERS]
    if sum(map(len, mended.values())) > MAX_MENDED:
        raise BadInput(
            f"More than {MAX_MENDED:,} cells: correct them in the file, and send it again."
        )
    changeable = AnswerImport.objects.filter(pk=answer_import.pk, state__in=AnswerImport.CHANGEABLE)
    if not changeable.update(mended=mended):
        raise WrongState("Rows can't be changed any more: the import has begun.")
    answer_import.mended = mended


@transaction.atomic
def start_check(answer_import: AnswerImport) -> None:
    """From now on all rows are tried; nothing of it stays but the report."""
    _check_ready(answer_import)
    _move(answer_import, State.CHECKING, only_from=AnswerImport.CHANGEABLE, **ANEW)
    _forget_rows(answer_import)


@transaction.atomic
def start_import(answer_import: AnswerImport, *, by: User | None) -> None:
    """Make the variables that columns become, and from now on write the rows."""
    _check_ready(answer_import)
    dataset = answer_import.dataset
    # An admin changes the schema while others look: one of two who start makes the variables.
    _move(answer_import, State.IMPORTING, only_from=AnswerImport.CHANGEABLE, **ANEW)
    _forget_rows(answer_import)
    made = []
    for target in mapping.new_targets(dataset, mapping.targets_of(answer_import.mapping)):
        config = {**(target.config or {}), "name": target.variable}
        made.append(str(create_variable(dataset, by=by, **fields_of(config)).pk))
    AnswerImport.objects.filter(pk=answer_import.pk).update(variables_made=made)
    answer_import.variables_made = made
    audit.record(
        "answers.import",
        workspace=dataset.workspace,
        by=by,
        target=dataset,
        file=answer_import.name,
        standing=answer_import.standing,
    )


def makes_variables(answer_import: AnswerImport) -> bool:
    """Whether its columns become variables that the dataset does not have yet."""
    targets = mapping.targets_of(answer_import.mapping)
    return bool(mapping.new_targets(answer_import.dataset, targets))


def cancel(answer_import: AnswerImport, *, by: User | None) -> None:
    """Stop; what was written stays, and can be undone. Raises WrongState when it has ended."""
    is_checking = answer_import.state == State.CHECKING
    changes: dict[str, Any] = {"lease_id": None, "leased_until": None, "ended_at": timezone.now()}
    if is_checking:  # the columns may be chosen again
        _move(answer_import, State.MAPPING, only_from=[State.CHECKING], **changes, position=0)
        return
    changes["address"] = answer_import.plain_address
    _move(answer_import, State.CANCELLED, only_from=AnswerImport.CANCELLABLE, **changes)
    audit.record(
        "answers.cancel",
        workspace=answer_import.dataset.workspace,
        by=by,
        target=answer_import.dataset,
        file=answer_import.name,
    )
    received.remove(answer_import)


@transaction.atomic
def start_undo(answer_import: AnswerImport, *, by: User | None) -> None:
    """From now on everything that the import wrote is taken back, where nobody has changed it since."""
    if not answer_import.position:
        raise WrongState("There is nothing to undo: nothing was imported.")
    changes: dict[str, Any] = {"error": "", "ended_at": None, "refused": 0}
    _move(answer_import, State.UNDOING, only_from=AnswerImport.UNDOABLE, **changes)
    answer_import.refusals.all().delete()
    audit.record(
        "answers.undo",
        workspace=answer_import.dataset.workspace,
        by=by,
        target=answer_import.dataset,
        file=answer_import.name,
    )


def _check_ready(answer_import: AnswerImport) -> None:
    targets, standing = mapping.targets_of(answer_import.mapping), answer_import.standing
    is_nobodys = answer_import.started_by is None and not mapping.names_authors(targets)
    if standing == Standing.REVIEW and is_nobodys:
        raise BadInput("Answers for review need a person who gives them: name one.")
    mapping.check(answer_import.dataset, targets, standing=standing)


def _forget_rows(answer_import: AnswerImport) -> None:
    answer_import.rows.all().delete()
    answer_import.refusals.all().delete()


def _move(
    answer_import: AnswerImport, to: str, *, only_from: Iterable[str], **changes: Any
) -> None:
    """Raises WrongState when it is not in one of `only_from` (any more)."""
    changes = {"started_at": timezone.now(), **changes} if to in AnswerImport.WORKING else changes
    there = AnswerImport.objects.filter(pk=answer_import.pk, state__in=list(only_from))
    if not there.update(state=to, losses=0, **changes):
        raise WrongState("This import is no longer in a state for that. Reload the page.")
    answer_import.refresh_from_db()
