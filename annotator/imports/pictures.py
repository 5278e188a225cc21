"""Reads files of an import as pictures and stores them, several at a time; each result is saved in order."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from functools import partial

from django.conf import settings
from django.db.models import F

from annotator.errors import BadInput
from annotator.images.ahead import store_ahead
from annotator.images.loading import Stored, Upload
from annotator.imports import spool
from annotator.imports.models import ImageImport, ImportedFile

MAX_ATTEMPTS = 3  # workers that may be lost over one file


def read_pictures(
    image_import: ImageImport, files: Sequence[ImportedFile], *, end: float
) -> Generator[ImportedFile, None, None]:
    """Each file, once its picture was stored or refused and that is saved; in order.

    None is begun after `end`, but for the first. Raises LeaseLost, and OSError when the disk is full.
    """
    begun: list[ImportedFile] = []
    uploads = _uploads(image_import, files, begun, end=end)
    workspace = image_import.dataset.workspace
    done = 0
    try:
        for result in store_ahead(workspace, uploads, threads=settings.IMPORT_THREADS):
            file = begun[done]
            done += 1
            _save(image_import, file, result)
            yield file
    except OSError:  # a full disk is not the fault of the files
        uncounted = ImportedFile.objects.filter(pk__in=[file.pk for file in begun[done:]])
        uncounted.update(attempts=F("attempts") - 1)
        # They are retried when the lease has expired, until there is space.
        image_import.renew(losses=0)
        raise


def _uploads(
    image_import: ImageImport,
    files: Sequence[ImportedFile],
    begun: list[ImportedFile],
    *,
    end: float,
) -> Iterator[Upload]:
    for number, file in enumerate(files):
        if number and time.monotonic() >= end:
            return
        begun.append(file)
        # Of those that were read when a worker was lost, one may have ended it.
        is_suspect = file.attempts > 0
        yield Upload(
            read=partial(_bytes_of, image_import, file), name=file.path, is_alone=is_suspect
        )


def _bytes_of(image_import: ImageImport, file: ImportedFile) -> bytes:
    """Raises BadInput for what can't be read."""
    count_attempt(file)
    try:
        return spool.read(image_import, file)
    except OSError as error:
        raise BadInput(reason_of(error)) from error


def _save(image_import: ImageImport, file: ImportedFile, result: Stored | BadInput) -> None:
    image_import.renew(losses=0)  # raises when it was cancelled: then its files were removed
    if isinstance(result, BadInput):
        refuse(file, result)
        return
    file.image = result.image
    file.reason = " ".join(filter(None, [file.reason, file.image.reading_note]))[:500]
    file.save(update_fields=["image", "reason"])


def count_attempt(file: ImportedFile) -> None:
    """Count a worker that begins with the file. Raises BadInput when too many were lost over it."""
    if file.attempts >= MAX_ATTEMPTS:
        raise BadInput(
            f"The worker stopped unexpectedly {MAX_ATTEMPTS} times while reading this file."
            " Save the picture anew with another program and import that."
        )
    ImportedFile.objects.filter(pk=file.pk).update(attempts=F("attempts") + 1)


def refuse(file: ImportedFile, refusal: Exception) -> None:
    """Note on the row that it is not imported, and why."""
    file.state = ImportedFile.State.REFUSED
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
