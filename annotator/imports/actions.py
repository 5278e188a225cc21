"""Changes of the room: begin an import, receive its files, start to read them, cancel."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.datasets.models import Dataset
from annotator.errors import BadInput, WrongState
from annotator.imports import spool, zips
from annotator.imports.fetching import checked_address
from annotator.imports.grouping import (
    checked_path,
    is_passed_over,
    note_on,
    shown_path,
    unused_path,
)
from annotator.imports.models import ImageImport, ImportedFile
from annotator.names import storable

State = ImageImport.State
MAX_FILES = 100_000  # of one import


def begin(
    dataset: Dataset,
    *,
    grouping: str = "each",
    test_percent: int = 0,
    address: str = "",
    by: User | None,
) -> ImageImport:
    """An import that waits for its files, or whose file a worker downloads from an address.

    Raises WrongState for a mirrored dataset, BadInput for a choice that does not exist or no address.
    """
    if dataset.is_mirrored:
        raise WrongState(
            "This dataset is a copy. Add pictures on the remote; mirroring brings them here."
        )
    if grouping not in ImageImport.Grouping.values:
        raise BadInput(f"There is no grouping {grouping!r}.")
    if not 0 <= test_percent <= 100:
        raise BadInput("Enter 0 to 100 percent of test samples.")
    image_import = ImageImport(
        dataset=dataset, grouping=grouping, test_percent=test_percent, started_by=by
    )
    if address:
        image_import.address = checked_address(address)
        image_import.state, image_import.started_at = State.FETCHING, timezone.now()
    image_import.save()
    return image_import


def receive(image_import: ImageImport, *, path: str, chunks: Iterable[bytes]) -> None:
    """Keep one file, picture or zip, until it is read. The same path twice is one file.

    A hidden or system file is only counted; one that is too large, or whose name is not allowed, is
    listed as refused.
    """
    if image_import.state != State.RECEIVING:
        raise WrongState("This import has started or ended. Start a new import for more files.")
    if is_passed_over(path):
        ImageImport.objects.filter(pk=image_import.pk).update(passed_over=F("passed_over") + 1)
        return
    sent_path = storable(path)[: ImportedFile.PATH_LENGTH]
    if image_import.files.filter(sent_path=sent_path).exists():
        return
    row = new_file(image_import, path)
    if row.state == ImportedFile.State.WAITING:
        is_zip = path.lower().endswith(".zip")
        limit = zips.MAX_ZIP_BYTES if is_zip else settings.IMAGE_MAX_BYTES
        try:
            row.spool, row.size_bytes = spool.write(image_import, chunks, max_bytes=limit)
        except BadInput as refusal:
            row.state, row.reason = ImportedFile.State.REFUSED, str(refusal)
    row.sent_path = sent_path
    row.path = unused_path(row.path, _PathsOf(image_import))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # a browser that lost its connection sent the same file twice at once
        if row.spool:
            spool.path_of(image_import, row).unlink(missing_ok=True)


def new_file(image_import: ImageImport, path: str) -> ImportedFile:
    """A row, not saved, for the file of this name; refused when the name is not allowed."""
    row = ImportedFile(image_import=image_import, path=shown_path(path), reason=note_on(path))
    try:
        row.path = checked_path(path)
    except BadInput as refusal:
        row.state, row.reason = ImportedFile.State.REFUSED, str(refusal)
    return row


class _PathsOf:
    """The paths that the files of an import have so far."""

    def __init__(self, image_import: ImageImport) -> None:
        self.files = image_import.files

    def __contains__(self, path: object) -> bool:
        return self.files.filter(path=path).exists()


@transaction.atomic
def start(image_import: ImageImport, *, by: User | None, passed_over: int = 0) -> None:
    """All files are here: from now on they are read. Raises WrongState the second time.

    `passed_over`: how many hidden and system files were not even sent.
    """
    waiting = ImageImport.objects.filter(pk=image_import.pk, state=State.RECEIVING)
    now = timezone.now()
    counted = F("passed_over") + passed_over
    if not waiting.update(state=State.RUNNING, started_at=now, passed_over=counted):
        raise WrongState("This import has started already.")
    image_import.state, image_import.started_at = State.RUNNING, now
    _record_start(image_import, by=by, files=image_import.files.count())


def take_in(image_import: ImageImport, downloaded: Path) -> None:
    """Read what was downloaded from now on. Raises LeaseLost when it was cancelled meanwhile."""
    row = new_file(image_import, image_import.part.name)
    if row.state == ImportedFile.State.WAITING:
        row.spool, row.size_bytes = spool.keep(image_import, downloaded)
    address = image_import.plain_address
    with transaction.atomic():
        row.save()
        now = timezone.now()
        image_import.renew(state=State.RUNNING, address=address, started_at=now, losses=0)
        _record_start(image_import, by=image_import.started_by, files=1, address=address)


def _record_start(image_import: ImageImport, *, by: User | None, **detail: Any) -> None:
    workspace = image_import.dataset.workspace
    audit.record("import.start", workspace=workspace, by=by, target=image_import, **detail)


def cancel(image_import: ImageImport, *, by: User | None) -> None:
    """Stop reading. Samples that were made stay. Raises WrongState when it has ended."""
    with transaction.atomic():
        open_ = ImageImport.objects.filter(pk=image_import.pk, state__in=ImageImport.OPEN)
        ended: dict[str, Any] = {"state": State.CANCELLED, "ended_at": timezone.now()}
        ended["address"] = image_import.plain_address
        if not open_.update(**ended, lease_id=None, leased_until=None):
            raise WrongState("This import has ended already.")
        workspace = image_import.dataset.workspace
        audit.record("import.cancel", workspace=workspace, by=by, target=image_import)
    image_import.state = State.CANCELLED
    spool.remove(image_import)
