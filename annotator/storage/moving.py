"""Moves stored files between the data folder and the bucket, while the app reads them from either.

A file is deleted at its old place when it was read back at the new one and is the same. So whatever ends this
loses nothing, and the next call goes on: what was moved is no longer listed at the old place.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from annotator.errors import AnnotatorError
from annotator.storage import files, folder
from annotator.storage.folder import path_of
from annotator.storage.writing import move, temporary_beside

AT_A_TIME = 8


class Damaged(AnnotatorError):
    """The file is not what its name or its row says, here or where it came back from."""


class File(NamedTuple):
    """A file to move; `sha256` is what it must have."""

    name: str
    size_bytes: int
    sha256: str


def move_all(
    some: Iterable[File], *, to_bucket: bool, is_stopped: Callable[[], bool]
) -> Iterator[tuple[File, Damaged | None]]:
    """Each file once it was moved, or with why it was left where it is; several are moved at a time.

    None is begun any more when `is_stopped`. Raises OSError for a place that fails.
    """
    step = _to_bucket if to_bucket else _to_folder
    begun: deque[tuple[File, Future[None]]] = deque()
    with ThreadPoolExecutor(AT_A_TIME, "move") as pool:
        try:
            for file in some:
                if is_stopped():
                    break
                begun.append((file, pool.submit(step, file)))
                if len(begun) >= AT_A_TIME:
                    yield _ended(*begun.popleft())
            while begun:
                yield _ended(*begun.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _ended(file: File, future: Future[None]) -> tuple[File, Damaged | None]:
    try:
        future.result()
    except Damaged as error:
        return file, error
    return file, None


def _to_bucket(file: File) -> None:
    path = path_of(file.name)
    try:
        sha256 = _sha256_of(path.open("rb"))
    except FileNotFoundError:
        return  # deleted since it was listed, as nobody needs it
    _check(file, sha256, "is damaged")
    if not _is_in_bucket(file.name, sha256):
        files.bucket().keep(file.name, path)
        if not _is_in_bucket(file.name, sha256):
            raise Damaged(f"{file.name} came back from the bucket as something else.")
    path.unlink(missing_ok=True)
    with suppress(OSError):  # there are others in the folder
        path.parent.rmdir()
        path.parent.parent.rmdir()


def _is_in_bucket(name: str, sha256: str) -> bool:
    try:
        return _sha256_of(files.bucket().opened(name).file) == sha256
    except FileNotFoundError:
        return False


def _to_folder(file: File) -> None:
    path = path_of(file.name)
    temporary = temporary_beside(path)
    try:
        files.bucket().download_to(file.name, temporary)
        _check(file, _sha256_of(temporary.open("rb")), "in the bucket is damaged")
        move(temporary, path)
    except FileNotFoundError:
        return
    finally:
        temporary.unlink(missing_ok=True)
    files.bucket().remove(file.name)


def _check(file: File, sha256: str, problem: str) -> None:
    if sha256 != file.sha256:
        raise Damaged(f"{file.name} {problem}: it has another checksum than it must have.")


def _sha256_of(opened: BufferedReader[Any]) -> str:
    with opened as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pictures(*, in_bucket: bool) -> Iterator[File]:
    """All stored pictures of one place, in order; each is named by its checksum."""
    entries = files.entries_in_bucket if in_bucket else folder.entries
    for entry in entries("originals"):
        yield File(entry.name, entry.size_bytes, Path(entry.name).stem)
