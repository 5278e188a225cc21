"""Writes files that are on the disk when the function returns, for the owner alone. Without Django."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import IO

TEMPORARY = ".tmp"  # the ending of what is not whole yet


def private_folder(path: Path) -> Path:
    """Create the folder and its missing parents, readable by the owner alone."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write(path: Path, data: bytes) -> None:
    """Write the file atomically, and flushed to the disk when this returns."""
    temporary = temporary_beside(path)
    try:
        write_new(temporary, data)
        rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def move(written: Path, path: Path) -> None:
    """Give a file that is flushed another name, in place of one that has it."""
    private_folder(path.parent)
    rename(written, path)


def temporary_beside(path: Path) -> Path:
    """The path of a new file in the same folder, which exists."""
    private_folder(path.parent)
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}{TEMPORARY}")


def write_new(path: Path, data: bytes) -> None:
    """Write a file that does not exist yet, for the owner alone."""
    with new_file(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def new_file(path: Path) -> IO[bytes]:
    """A file that does not exist yet, for the owner alone, to be written."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "wb")


def rename(written: Path, path: Path) -> None:
    """Give a file that is on the disk its name, in place of one that has it."""
    written.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
