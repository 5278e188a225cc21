"""Deletes files that no row needs: of interrupted uploads and of deleted images."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from annotator.images import paths
from annotator.images.models import Image

KEEP_SECONDS = 24 * 3600  # a file is written before its row, and a backup copies rows before files


def sweep_folder(prefix: str) -> int:
    """Delete files unneeded for a day whose names begin with `prefix` (two hexadecimal digits).

    Returns how many. One 256th of all files, so that each call is short.
    """
    old = [path for path in _files(prefix) if _is_old(path)]
    names = {path.name[:64] for path in old if not path.name.endswith(paths.TEMPORARY)}
    needed = set(Image.objects.filter(sha256__in=names).values_list("sha256", flat=True))
    deleted = 0
    for path in old:
        is_needed = path.name[:64] in needed and not path.name.endswith(paths.TEMPORARY)
        if not is_needed and _is_old(path):  # asked again: it may have been sent anew meanwhile
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _files(prefix: str) -> Iterator[Path]:
    for folder in paths.FOLDERS:
        yield from Path(settings.MEDIA_ROOT, folder, prefix).glob("*/*")


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - KEEP_SECONDS
    except FileNotFoundError:
        return False
