"""Reads the received images and makes samples of them, file by file, so that any worker can continue.

One worker at a time holds the lease of an import, which each file renews. Each file's result is saved at
once; a sample and the rows of its files are one transaction, so a killed worker leaves no duplicates.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.datasets.actions import add_images, create_sample
from annotator.datasets.models import Dataset, Sample, SampleImage
from annotator.errors import BadInput
from annotator.images.actions import store_image
from annotator.imports import spool, zips
from annotator.imports.grouping import (
    MAX_PATH_LENGTH,
    Group,
    Grouping,
    groups_of,
    keys_for_tests,
    unused_path,
)
from annotator.imports.models import ImageImport, ImportedFile
from annotator.leases import LOSSES_MESSAGE, LeaseLost
from annotator.names import folded, storable

MAX_ATTEMPTS = 3  # workers that may be lost over one file
Done = Callable[[ImportedFile], None]
FileState = ImportedFile.State


def work(image_import: ImageImport, *, seconds: float, on_file: Done = lambda file: None) -> bool:
    """Read for about so many seconds; whether something is left to do.

    `on_file` is called with each file once its result is known. Does nothing when another worker holds the
    import.
    """
    lease_id = ImageImport.objects.awaiting_work().filter(pk=image_import.pk).take()
    if lease_id is None:
        fail_exhausted()
        return False
    image_import.refresh_from_db()
    image_import.lease_id = lease_id
    end = time.monotonic() + seconds
    try:
        _unpack_zips(image_import, on_file)
        groups, tests = _open_groups(image_import)
        for number, group in enumerate(groups):
            if number and time.monotonic() >= end:
                break
            files = _read_group(image_import, group, end=end, on_file=on_file)
            if files is None:
                break
            if files:
                _make_sample(image_import, files, name=group.name, test=group.key in tests)
            for file in files:
                on_file(file)
        else:
            _finish(image_import)
            return False
    except LeaseLost:  # it was cancelled, or another worker holds it now
        return False
    return image_import.release()


def fail_exhausted() -> int:
    """End the imports that lost too many workers at one place; how many."""
    error = f"{LOSSES_MESSAGE} Import the files that were not read once more, fewer at a time."
    running = ImageImport.objects.filter(state=ImageImport.State.RUNNING)
    return running.end_exhausted(
        state=ImageImport.State.FAILED, error=error, ended_at=timezone.now()
    )


def _unpack_zips(image_import: ImageImport, on_file: Done) -> None:
    """Replace the row of a zip by one row for each file in it."""
    waiting = image_import.files.filter(state=FileState.WAITING, entry="")
    for archive in waiting.filter(path__iendswith=".zip"):
        try:
            _count_attempt(archive)
            entries = zips.entries_of(spool.path_of(image_import, archive))
        except (BadInput, OSError) as refusal:
            image_import.renew(losses=0)
            _refuse(archive, refusal)
            on_file(archive)
            continue
        rows = _rows_of(archive, entries)
        with transaction.atomic():
            ImportedFile.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
            archive.delete()
            ImageImport.objects.filter(pk=image_import.pk).update(
                passed_over=F("passed_over") + sum(entry.is_passed_over for entry in entries)
            )
            image_import.renew(losses=0)
        for row in rows:
            if row.state == FileState.REFUSED:
                on_file(row)


def _rows_of(archive: ImportedFile, entries: list[zips.Entry]) -> list[ImportedFile]:
    """A row for each file of a zip. Names of entries may be anything: no shown path ever opens a file."""
    used: set[str] = set()
    rows = []
    for entry in entries:
        if entry.is_passed_over:
            continue
        path = unused_path(f"{archive.path}/{entry.path}"[:MAX_PATH_LENGTH], used)
        used.add(path)
        rows.append(
            ImportedFile(
                image_import=archive.image_import,
                path=path,
                spool=archive.spool,
                archive=archive.path,
                entry=storable(entry.name)[:1000],
                entry_number=entry.number,
                encoding=entry.encoding,
                size_bytes=entry.size_bytes,
                state=FileState.REFUSED if entry.refusal else FileState.WAITING,
                reason=entry.refusal or entry.note,
            )
        )
    return rows


def _open_groups(image_import: ImageImport) -> tuple[list[Group], set[str]]:
    """(the groups with files that still wait, the keys of all groups that are for tests)."""
    states = dict(image_import.files.values_list("path", "state"))
    every = groups_of(states, image_import.grouping)
    tests = keys_for_tests(every, image_import.test_percent)
    waiting = FileState.WAITING
    return [group for group in every if waiting in map(states.get, group.paths)], tests


def _read_group(
    image_import: ImageImport, group: Group, *, end: float, on_file: Done
) -> list[ImportedFile] | None:
    """The group's waiting files that are images, read; None when the time was over before the last.

    Each result is saved: the next chunk continues with the file after it.
    """
    waiting = image_import.files.filter(path__in=group.paths, state=FileState.WAITING)
    by_path = {file.path: file for file in waiting.select_related("image")}
    files = [by_path[path] for path in group.paths if path in by_path]
    unread = [file for file in files if file.image is None]
    for number, file in enumerate(unread):
        if number and time.monotonic() >= end:  # each chunk reads one at least
            return None
        if not _read_file(image_import, file):
            on_file(file)
    return [file for file in files if file.image is not None]


def _read_file(image_import: ImageImport, file: ImportedFile) -> bool:
    """Store one image and save that it was stored; False when it was refused."""
    image_import.renew()
    try:
        _count_attempt(file)
        data = spool.read(image_import, file)
    except (BadInput, OSError) as refusal:
        image_import.renew(losses=0)  # raises when it was cancelled: then its files were removed
        _refuse(file, refusal)
        return False
    try:
        file.image, _ = store_image(image_import.dataset.workspace, data, name=file.path)
    except BadInput as refusal:
        image_import.renew(losses=0)
        _refuse(file, refusal)
        return False
    except OSError:  # a full disk is not the fault of the file
        ImportedFile.objects.filter(pk=file.pk).update(attempts=F("attempts") - 1)
        image_import.renew(
            losses=0
        )  # it is retried when the lease has expired, until there is space
        raise
    file.reason = " ".join(filter(None, [file.reason, file.image.reading_note]))[:500]
    file.save(update_fields=["image", "reason"])
    image_import.renew(losses=0)
    return True


def _count_attempt(file: ImportedFile) -> None:
    """Count a worker that begins with the file. Raises BadInput when too many were lost over it."""
    if file.attempts >= MAX_ATTEMPTS:
        raise BadInput(
            f"The worker stopped unexpectedly {MAX_ATTEMPTS} times while reading this file."
            " Save the picture anew with another program and import that."
        )
    ImportedFile.objects.filter(pk=file.pk).update(attempts=F("attempts") + 1)


def _refuse(file: ImportedFile, refusal: Exception) -> None:
    file.state = FileState.REFUSED
    file.reason = reason_of(refusal)[:500]
    file.save(update_fields=["state", "reason"])


def reason_of(refusal: Exception) -> str:
    """For the report: what is wrong with a file, and what to do."""
    if isinstance(refusal, FileNotFoundError):
        return "The received file is missing on the server. Import it again."
    if isinstance(refusal, PermissionError):
        return "The server is not allowed to read this file. Change its permissions and import it again."
    if isinstance(refusal, OSError):
        return f"The file could not be read: {refusal.strerror}. Import it again."
    return str(refusal)


@transaction.atomic
def _make_sample(
    image_import: ImageImport, files: list[ImportedFile], *, name: str, test: bool
) -> None:
    """One sample of the images that the dataset does not have yet; the others are marked as already here.

    Images that come later join the sample of their group while nobody has labelled it.
    """
    image_import.renew()
    # One import at a time compares with what the dataset has and adds the rest.
    dataset = Dataset.objects.select_for_update(no_key=True).get(pk=image_import.dataset_id)
    images = {file.image_id: file.image for file in files if file.image is not None}
    relations = SampleImage.objects.filter(
        sample__dataset=dataset, sample__removed_at=None, image__in=list(images)
    )
    homes = {relation.image_id: relation.sample for relation in relations.select_related("sample")}
    fresh = [image for image_id, image in images.items() if image_id not in homes]
    sample = _joined(homes, name) if fresh else None
    if sample is not None:
        add_images(sample, fresh, by=image_import.started_by)
    elif fresh:
        is_single = image_import.grouping == Grouping.EACH
        sample = create_sample(
            dataset,
            by=image_import.started_by,
            name=name,
            images=fresh,
            test=test,
            type=Sample.Type.MULTI_RANDOM if is_single else Sample.Type.MULTI_ORDERED,
        )
    to_place: set[uuid.UUID | None] = {image.pk for image in fresh}
    for file in files:
        assert file.image_id is not None  # only those whose picture was stored come here
        is_new = file.image_id in to_place
        file.sample = homes.get(file.image_id, sample)
        file.state = FileState.STORED if is_new else FileState.ALREADY
        if not is_new:
            file.reason = f"This picture is in the sample {file.sample}."[:500]
        else:
            to_place.remove(file.image_id)  # the same picture twice is placed once
    ImportedFile.objects.bulk_update(files, ["sample", "state", "reason"])


def _joined(homes: dict[uuid.UUID, Sample], name: str) -> Sample | None:
    samples = {sample.pk: sample for sample in homes.values()}
    if len(samples) != 1:
        return None
    (sample,) = samples.values()
    is_same = folded(sample.name or "") == folded(name)
    return sample if is_same and sample.state == Sample.State.UNLABELED else None


def _finish(image_import: ImageImport) -> None:
    if not image_import.release(state=ImageImport.State.DONE, ended_at=timezone.now()):
        raise LeaseLost
    spool.remove(image_import)
