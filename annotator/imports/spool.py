"""Where received files wait until they are read: DATA_DIR/imports/<import>/, under names of our own."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from annotator.errors import BadInput
from annotator.imports import zips
from annotator.imports.models import ImageImport, ImportedFile
from annotator.storage.writing import private_folder


def folder_of(image_import: ImageImport) -> Path:
    """The folder of one import; it may not exist."""
    return Path(settings.DATA_DIR, "imports", str(image_import.pk))


def write(image_import: ImageImport, chunks: Iterable[bytes], *, max_bytes: int) -> tuple[str, int]:
    """(the name it got, its size). BadInput, and nothing kept, when there are more than `max_bytes`."""
    path = private_folder(folder_of(image_import)) / uuid.uuid4().hex
    size = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise BadInput(
                        f"The file is larger than {max_bytes // 1_000_000:,} MB. Make it smaller."
                    )
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())  # the browser is told that it was received
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path.name, size


def keep(image_import: ImageImport, path: Path) -> tuple[str, int]:
    """(the name it got, its size) of a file that lies in the import's folder already."""
    kept = path.rename(path.with_name(uuid.uuid4().hex))
    return kept.name, kept.stat().st_size


def path_of(image_import: ImageImport, file: ImportedFile) -> Path:
    """Where the bytes are; an absolute `spool` stands for itself."""
    return folder_of(image_import) / file.spool


def read(image_import: ImageImport, file: ImportedFile) -> bytes:
    """The bytes of a picture, one more than the limit at most: the reader then refuses it.

    Raises FileNotFoundError when it is gone, BadInput when its zip is damaged.
    """
    path = path_of(image_import, file)
    limit = settings.IMAGE_MAX_BYTES + 1
    if not file.entry:
        with path.open("rb") as plain:
            return plain.read(limit)
    return zips.read_entry(path, number=file.entry_number, name=file.entry, max_bytes=limit)


def remove(image_import: ImageImport) -> None:
    """Delete what was received. Files outside of our folder are not touched."""
    shutil.rmtree(folder_of(image_import), ignore_errors=True)


def folders() -> list[Path]:
    """The folders of all imports; each is named by its import's id."""
    return list(Path(settings.DATA_DIR, "imports").glob("*"))
