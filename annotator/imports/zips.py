"""What is in a zip, read from its table of contents alone: nothing is unpacked for it."""

from __future__ import annotations

import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from annotator.errors import BadInput
from annotator.imports.grouping import checked_path, is_clutter, shown_path

MAX_ZIP_BYTES = 2_000_000_000  # packed, and once more unpacked
MAX_ENTRIES = 10_000
MAX_TABLE_BYTES = 16_000_000  # of contents: 10,000 entries with names of 1,000 characters and more
END_OF_TABLE = struct.Struct("<4s4H2LH")


@dataclass(frozen=True)
class Entry:
    """One file of a zip; `refusal` says why it is left out, empty when it is read."""

    name: str  # as the zip has it
    path: str
    size_bytes: int
    refusal: str = ""


def entries_of(path: Path) -> list[Entry]:
    """The files of a zip, without folders and clutter. Raises BadInput when the zip cannot be read safely."""
    _check_table(path)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error):
        raise BadInput(
            "This is not a zip that can be read. Make it again, or upload the files themselves."
        ) from None
    if len(infos) > MAX_ENTRIES:
        raise BadInput(f"The zip holds more than {MAX_ENTRIES:,} files. Split it into several.")
    if sum(info.file_size for info in infos) > MAX_ZIP_BYTES:
        raise BadInput(
            f"The zip unpacks to more than {MAX_ZIP_BYTES // 10**9} GB. Split it into several."
        )
    return [_entry(info) for info in infos if not info.is_dir() and not is_clutter(info.filename)]


def _check_table(path: Path) -> None:
    """Reading a table of a million entries costs a gigabyte: its end has its size."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END_OF_TABLE.size - 65_535))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if size > MAX_ZIP_BYTES or place < 0 or len(tail) - place < END_OF_TABLE.size:
        raise BadInput(
            "This is not a zip that can be read. Make it again, or upload the files themselves."
        )
    fields = END_OF_TABLE.unpack_from(tail, place)
    count, table_bytes = fields[4], fields[5]
    if count > MAX_ENTRIES or table_bytes > MAX_TABLE_BYTES:
        raise BadInput(f"The zip holds more than {MAX_ENTRIES:,} files. Split it into several.")


def _entry(info: zipfile.ZipInfo) -> Entry:
    try:
        path = checked_path(info.filename)
        _check_entry(info)
    except BadInput as refusal:
        return Entry(info.filename, shown_path(info.filename), info.file_size, str(refusal))
    return Entry(info.filename, path, info.file_size)


def _check_entry(info: zipfile.ZipInfo) -> None:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise BadInput("It is a link, not a file.")
    if info.flag_bits & 1:
        raise BadInput("It is locked with a password. Make a zip without one.")
    if info.file_size > settings.IMAGE_MAX_BYTES:
        raise BadInput(f"It is larger than {settings.IMAGE_MAX_BYTES // 1_000_000} MB.")
