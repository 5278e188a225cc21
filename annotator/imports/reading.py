"""Reads the received images and makes samples of them, file by file, so that any worker can continue.

One worker at a time holds the lease of an import, which each file renews. Each file's result is saved at
once; a sample and the rows of its files are one transaction, so a killed worker leaves no duplicates.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.datasets.actions import add_images, create_sample
from annotator.datasets.models import Dataset, Sample, SampleImage
from annotator.errors import BadInput
from annotator.imports import actions, spool, zips
from annotator.imports.fetching import fetch
from annotator.imports.grouping import (
    Group,
    Grouping,
    groups_of,
    keys_for_tests,
    unused_path,
)
from annotator.imports.models import ImageImport, ImportedFile
from annotator.imports.pictures import count_attempt, read_pictures, refuse
from annotator.leases import LOSSES_MESSAGE, LeaseLost
from annotator.names import folded, storable

BLOCK_FILES = 200  # that are asked for at once
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
        if image_import.is_fetching:
            is_here = _fetch(image_import, end)
            if not is_here or time.monotonic() >= end:
                return image_import.release()
        _unpack_zips(image_import, on_file)
        if _read_groups(image_import, end=end, on_file=on_file):
            return image_import.release()
        _finish(image_import)
    except LeaseLost:  # it was cancelled, or another worker holds it now
        pass
    return False


def _fetch(image_import: ImageImport, end: float) -> bool:
    """Download its file; whether all of it is there. When that failed, it has ended."""
    folder = spool.folder_of(image_import)
    try:
        downloaded = fetch(image_import, folder, seconds=end - time.monotonic())
    except BadInput as refusal:
        image_import.release(
            state=ImageImport.State.FAILED,
            error=str(refusal)[:500],
            ended_at=timezone.now(),
            address=image_import.plain_address,
        )
        return False
    if downloaded is not None:
        actions.take_in(image_import, downloaded)
    return downloaded is not None


def fail_exhausted() -> int:
    """End the imports that lost too many workers at one place; how many."""
    error = f"{LOSSES_MESSAGE} Import the files that were not read once more, fewer at a time."
    return ImageImport.objects.active().end_exhausted(
        state=ImageImport.State.FAILED, error=error, ended_at=timezone.now(), address=""
    )


def _unpack_zips(image_import: ImageImport, on_file: Done) -> None:
    """Replace the row of a zip by one row for each file in it."""
    waiting = image_import.files.filter(state=FileState.WAITING, entry="")
    for archive in waiting.filter(path__iendswith=".zip"):
        try:
            count_attempt(archive)
            entries = zips.entries_of(spool.path_of(image_import, archive))
        except (BadInput, OSError) as refusal:
            image_import.renew(losses=0)
            refuse(archive, refusal)
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
        path = unused_path(f"{archive.path}/{entry.path}"[: ImportedFile.PATH_LENGTH], used)
        used.add(path)
        rows.append(
            ImportedFile(
                image_import=archive.image_import,
                path=path,
                spool=archive.spool,
                archive=archive.path,
                entry=storable(entry.name)[: ImportedFile.PATH_LENGTH],
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


def _read_groups(image_import: ImageImport, *, end: float, on_file: Done) -> bool:
    """Store the pictures and make the samples; whether something is left when the time is over.

    Each result is saved: the next chunk continues with the file after it.
    """
    groups, tests = _open_groups(image_import)
    for number, block in enumerate(_blocks(groups)):
        if number and time.monotonic() >= end:
            return True
        paths = [path for group in block for path in group.paths]
        waiting = image_import.files.filter(path__in=paths, state=FileState.WAITING)
        by_path = {file.path: file for file in waiting.select_related("image")}
        files = [by_path[path] for path in paths if path in by_path]
        unread = [file for file in files if file.image is None]
        with closing(read_pictures(image_import, unread, end=end)) as read:
            for group in block:
                of_group = [by_path[path] for path in group.paths if path in by_path]
                if not _read_group(
                    image_import, group, of_group, read, on_file=on_file, tests=tests
                ):
                    return True
    return False


def _blocks(groups: list[Group]) -> Iterator[list[Group]]:
    """The groups in lists whose files one query reads."""
    block: list[Group] = []
    for group in groups:
        block.append(group)
        if sum(len(each.paths) for each in block) >= BLOCK_FILES:
            yield block
            block = []
    if block:
        yield block


def _read_group(
    image_import: ImageImport,
    group: Group,
    files: list[ImportedFile],
    read: Iterator[ImportedFile],
    *,
    on_file: Done,
    tests: set[str],
) -> bool:
    """Make a sample of the group's files once all are `read`; False when the time was over before."""
    for file in files:
        if file.image is not None:
            continue
        if next(read, None) is None:
            return False
        if file.image is None:
            on_file(file)
    stored = [file for file in files if file.image is not None]
    if stored:
        _make_sample(image_import, stored, name=group.name, test=group.key in tests)
    for file in stored:
        on_file(file)
    return True


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
    images = {file.image.pk: file.image for file in files if file.image is not None}
    homes = _homes(dataset, list(images))
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


def _homes(dataset: Dataset, images: list[uuid.UUID]) -> dict[uuid.UUID, Sample]:
    """By image the sample of the dataset that it is in."""
    samples = Sample.objects.in_dataset(dataset)
    relations = SampleImage.objects.filter(sample__in=samples, image__in=images)
    return {relation.image_id: relation.sample for relation in relations.select_related("sample")}


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
