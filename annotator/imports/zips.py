"""What is in a zip, read from its table of contents alone: nothing is unpacked for it."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from annotator.errors import BadInput
from annotator.imports import encodings
from annotator.imports.grouping import checked_path, is_passed_over, note_on, shown_path

MAX_ZIP_BYTES = 2_000_000_000  # packed, and once more unpacked
MAX_ENTRIES = 10_000
MAX_TABLE_BYTES = 16_000_000  # of contents: 10,000 entries with names of 1,000 characters and more
UNREADABLE = "This is not a zip that can be read. Make it again, or upload the files themselves."
TOO_MANY = f"The zip holds more than {MAX_ENTRIES:,} files. Split it into several."


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
    try:
        with opened(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error):
        raise BadInput(UNREADABLE) from None
    if len(infos) > MAX_ENTRIES:
        raise BadInput(TOO_MANY)
    if sum(info.file_size for info in infos) > MAX_ZIP_BYTES:
        raise BadInput(
            f"The zip unpacks to more than {MAX_ZIP_BYTES // 10**9} GB. Split it into several."
        )
    return _entries(infos)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip to read from. Raises what `zipfile` does, and BadInput for a table that is too large."""
    with path.open("rb") as file:
        guard = TableGuard(file)
        with zipfile.ZipFile(cast(IO[bytes], guard)) as archive:
            guard.is_table_read = True
            yield archive


class TableGuard(io.RawIOBase):
    """A zip file that refuses to give `zipfile` a table of contents that is too large.

    `zipfile` finds the table through the classic or the Zip64 record and reads it with one call, then makes
    half a kilobyte of objects per entry. So each read is checked, whichever record led to it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.is_table_read = False

    def seekable(self) -> bool:
        """Whether `seek` works: always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of the file."""
        return self._file.tell()

    def read(self, size: int = -1) -> Any:
        """As of the file. Raises BadInput for more than MAX_TABLE_BYTES or MAX_ENTRIES at once.

        Once the table is read, entries come as they are, but for a false flag in their headers.
        """
        if self.is_table_read:
            data = self._file.read(size)
            is_header = size == encodings.HEADER_BYTES and data.startswith(encodings.HEADER_MARK)
            return encodings.without_false_flag(data, self._file) if is_header else data
        if size > MAX_TABLE_BYTES:
            raise BadInput(TOO_MANY)
        data = self._file.read(MAX_TABLE_BYTES + 1 if size < 0 else size)
        if len(data) > MAX_TABLE_BYTES or data.count(encodings.ENTRY_MARK) > MAX_ENTRIES:
            raise BadInput(TOO_MANY)
        return encodings.without_false_flags(data)


def _entries(infos: list[zipfile.ZipInfo]) -> list[Entry]:
    names = [encodings.certain_name(info) for info in infos]
    unsaid = [encodings.raw_name(i) for i, name in zip(infos, names, strict=True) if name is None]
    guessed = encodings.guess(unsaid) if unsaid else ""
    entries = []
    for number, (info, name) in enumerate(zip(infos, names, strict=True)):
        encoding = guessed if name is None else ""
        shown = encodings.decode(encodings.raw_name(info), guessed) if name is None else name
        if not shown.endswith(("/", "\\")):
            entries.append(_entry(info, number, shown, encoding))
    return entries


def _entry(info: zipfile.ZipInfo, number: int, name: str, encoding: str) -> Entry:
    refusal, path = "", shown_path(name)
    try:
        path = checked_path(name)
        _check_entry(info)
    except BadInput as error:
        refusal = str(error)
    return Entry(
        number=number,
        name=info.orig_filename,
        path=path,
        size_bytes=info.file_size,
        encoding=encoding,
        refusal=refusal,
        note=note_on(name),
        is_passed_over=is_passed_over(name),
    )


def _check_entry(info: zipfile.ZipInfo) -> None:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise BadInput("It is a link, not a file. Pack the file itself.")
    if info.flag_bits & 1:
        raise BadInput("It is locked with a password. Make a zip without one.")
    if info.file_size > settings.IMAGE_MAX_BYTES:
        raise BadInput(
            f"It is larger than {settings.IMAGE_MAX_BYTES // 1_000_000} MB. Make it smaller."
        )
