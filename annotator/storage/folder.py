"""Stored files in the data folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from annotator.storage.writing import TEMPORARY, move, private_folder, write


class Entry(NamedTuple):
    """One stored file in a list."""

    name: str
    size_bytes: int
    changed_at: float  # seconds since 1970


class Opened(NamedTuple):
    """A stored file that is read; who has it closes it."""

    file: BufferedReader[Any]
    size_bytes: int
    is_on_disk: bool  # then reading it waits for nobody


def path_of(name: str) -> Path:
    """Where the file of this name lies, if it is in the data folder."""
    kind, _, rest = name.partition("/")
    return Path(_roots()[kind], rest)


def _roots() -> dict[str, Path]:
    return {
        "originals": Path(settings.MEDIA_ROOT, "originals"),
        "exports": Path(settings.EXPORTS_ROOT),
    }


def save(name: str, source: bytes | Path) -> None:
    """On the disk when this returns. A path is a file that is flushed: it is moved."""
    path = path_of(name)
    if isinstance(source, bytes):
        write(path, source)
    elif source != path:
        move(source, path)


def renew(name: str, size_bytes: int) -> bool:
    """Make a file young again, so that no sweep takes it; False where none of this size is there."""
    path = path_of(name)
    try:
        if path.stat().st_size != size_bytes:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def opened(name: str) -> Opened:
    """Raises FileNotFoundError."""
    file = path_of(name).open("rb")
    return Opened(file, os.fstat(file.fileno()).st_size, is_on_disk=True)


def copy_to(name: str, target: Path) -> None:
    """A second name for the file, or a copy of it on another disk. Raises FileNotFoundError."""
    private_folder(target.parent)
    try:
        os.link(path_of(name), target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path_of(name), target)


def entries(prefix: str) -> Iterator[Entry]:
    """The whole files whose names begin so, in order: `prefix` is a kind and up to two folders of it."""
    root = path_of(prefix)
    for folder, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            path = Path(folder, file)
            if file.endswith((TEMPORARY, ".part")):
                continue
            try:
                about = path.stat()
            except FileNotFoundError:
                continue  # moved or deleted since it was listed
            name = f"{prefix.rstrip('/')}/{path.relative_to(root).as_posix()}"
            yield Entry(name, about.st_size, about.st_mtime)


def remove(name: str) -> None:
    """Delete it; nothing happens where there is none."""
    path_of(name).unlink(missing_ok=True)
