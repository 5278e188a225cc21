"""What is in a zip. The child process opens it (`archives`); names and limits are judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator.child.calls import Overrun, call
from annotator.errors import BadInput
from annotator.imports import encodings
from annotator.imports.archives import LINK, LOCKED, UNREADABLE
from annotator.imports.grouping import checked_path, is_passed_over, note_on, shown_path

MAX_ZIP_BYTES = 2_000_000_000  # packed, and once more unpacked


@dataclass(frozen=True)
class Entry:
    """One file of a zip; `refusal` says why it is left out, empty when it is read."""

    number: int  # its place in the zip
    name: str  # as `zipfile` has it
    path: str
    size_bytes: int
    encoding: str = ""  # of its name, where that was guessed
    refusal: str = ""
    note: str = ""
    is_passed_over: bool = False  # hidden, or the system's


def entries_of(path: Path) -> list[Entry]:
    """The files of a zip, without folders. Raises BadInput when the zip cannot be read safely."""
    if path.stat().st_size > MAX_ZIP_BYTES:
        raise BadInput(UNREADABLE)
    with _refusing_overruns("This zip"):
        listed = json.loads(_in_child("contents", path=str(path)))
    if sum(entry["size_bytes"] for entry in listed) > MAX_ZIP_BYTES:
        raise BadInput(
            f"The zip unpacks to more than {MAX_ZIP_BYTES // 10**9} GB. Split it into several."
        )
    return _entries(listed)


def read_entry(path: Path, *, number: int | None, name: str, max_bytes: int) -> bytes:
    """The first bytes of one file of a zip. Raises BadInput when it is damaged, OSError without the zip."""
    which = {"number": number, "name": name, "max_bytes": max_bytes}
    with _refusing_overruns("This part of the zip"):
        return _in_child("read_entry", path=str(path), **which)


def _in_child(function: str, /, **arguments: Any) -> bytes:
    return call(
        f"annotator.imports.archives:{function}",
        memory_bytes=settings.CHILD_MEMORY_BYTES,
        seconds=settings.CHILD_SECONDS,
        at_a_time=settings.IMPORT_THREADS + 1,  # the next is read while pictures are decoded
        **arguments,
    )[1]


@contextmanager
def _refusing_overruns(what: str) -> Iterator[None]:
    """Raise BadInput for a zip that takes too much memory or time, or ends the child."""
    try:
        yield
    except Overrun:
        raise BadInput(
            f"{what} takes too much memory or time to unpack. Make it again, or upload the files themselves."
        ) from None


def _entries(listed: list[dict[str, Any]]) -> list[Entry]:
    unsaid = [bytes.fromhex(each["raw"]) for each in listed if each["certain"] is None]
    guessed = encodings.guess(unsaid) if unsaid else ""
    entries = []
    for number, each in enumerate(listed):
        name, encoding = each["certain"], ""
        if name is None:
            name, encoding = encodings.decode(bytes.fromhex(each["raw"]), guessed), guessed
        if not name.endswith(("/", "\\")):
            entries.append(_entry(each, number, name, encoding))
    return entries


def _entry(listed: dict[str, Any], number: int, name: str, encoding: str) -> Entry:
    refusal, path = "", shown_path(name)
    try:
        path = checked_path(name)
        _check_entry(listed)
    except BadInput as error:
        refusal = str(error)
    return Entry(
        number=number,
        name=listed["name"],
        path=path,
        size_bytes=listed["size_bytes"],
        encoding=encoding,
        refusal=refusal,
        note=note_on(name),
        is_passed_over=is_passed_over(name),
    )


def _check_entry(listed: dict[str, Any]) -> None:
    if listed["problem"] == LINK:
        raise BadInput("It is a link, not a file. Pack the file itself.")
    if listed["problem"] == LOCKED:
        raise BadInput("It is locked with a password. Make a zip without one.")
    if listed["size_bytes"] > settings.IMAGE_MAX_BYTES:
        raise BadInput(
            f"It is larger than {settings.IMAGE_MAX_BYTES // 1_000_000} MB. Make it smaller."
        )
