"""Deletes files that no row needs: of interrupted uploads and of deleted images.

On the disk and, where there is one, in the bucket.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings

from annotator.images import paths
from annotator.images.models import Image
from annotator.storage import files as stored
from annotator.storage.folder import Entry
from annotator.storage.writing import TEMPORARY

CHUNK = 500  # files of the bucket whose rows are asked for at once
KEEP_SECONDS = 24 * 3600  # a file is written before its row, and a backup copies rows before files


def sweep_folder(prefix: str) -> int:
    """Delete files unneeded for a day whose names begin with `prefix` (two hexadecimal digits).

    Returns how many. One 256th of all files, so that each call is short.
    """
    return _sweep_disk(prefix) + _sweep_bucket(prefix)


def _sweep_disk(prefix: str) -> int:
    old = [path for path in _files(prefix) if _is_old(path)]
    needed = _needed(path.name[:64] for path in old if not path.name.endswith(TEMPORARY))
    deleted = 0
    for path in old:
        is_needed = path.name[:64] in needed and not path.name.endswith(TEMPORARY)
        if not is_needed and _is_old(path):  # asked again: it may have been sent anew meanwhile
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _sweep_bucket(prefix: str) -> int:
    """Chunk by chunk: a bucket may hold a million pictures."""
    before = time.time() - KEEP_SECONDS
    old = (
        entry
        for entry in stored.entries_in_bucket(f"originals/{prefix}")
        if entry.changed_at < before
    )
    deleted = 0
    while chunk := list(islice(old, CHUNK)):
        needed = _needed(_sha256_of(entry.name) for entry in chunk)
        for entry in chunk:
            if _sha256_of(entry.name) not in needed and _is_still(entry):
                stored.bucket().remove(entry.name)
                deleted += 1
    return deleted


def _is_still(entry: Entry) -> bool:
    """Asked again: it may have been sent anew meanwhile."""
    try:
        return stored.bucket().entry(entry.name).changed_at == entry.changed_at
    except FileNotFoundError:
        return False


def _sha256_of(name: str) -> str:
    return Path(name).name[:64]


def _needed(names: Iterable[str]) -> set[str]:
    """Those of which there is a row."""
    rows = Image.objects.filter(sha256__in=set(names))
    return set(rows.values_list("sha256", flat=True))


def _files(prefix: str) -> Iterator[Path]:
    for folder in paths.FOLDERS:
        yield from Path(settings.MEDIA_ROOT, folder, prefix).glob("*/*")


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - KEEP_SECONDS
    except FileNotFoundError:
        return False
