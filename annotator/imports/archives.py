"""Opens zips, in the child process: called by name through `annotator.child`, without Django."""

from __future__ import annotations

import io
import json
import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, cast

from annotator.errors import BadInput
from annotator.imports import encodings

MAX_ENTRIES = 10_000
MAX_TABLE_BYTES = 16_000_000  # of contents: 10,000 entries with names of 1,000 characters and more
UNREADABLE = "This is not a zip that can be read. Make it again, or upload the files themselves."
TOO_MANY = f"The zip holds more than {MAX_ENTRIES:,} files. Split it into several."
DAMAGED = "This part of the zip is damaged or packed in an unknown way. Upload the file itself."
BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error)
LINK, LOCKED = "link", "locked"

_open: tuple[tuple[Any, ...], zipfile.ZipFile] | None = (
    None  # the last one, and what it was opened for
)
_file: IO[bytes] | None = None  # of it


def contents(_body: bytes, *, path: str) -> tuple[None, bytes]:
    """What the table of contents says, as a JSON list of `Listed`. Raises BadInput for an unsafe zip."""
    infos = _archive(Path(path)).infolist()
    if len(infos) > MAX_ENTRIES:
        raise BadInput(TOO_MANY)
    return None, json.dumps([_listed(info) for info in infos]).encode()


def read_entry(
    _body: bytes, *, path: str, number: int | None, name: str, max_bytes: int
) -> tuple[None, bytes]:
    """The first `max_bytes` of an entry: by its place, since several may have one name; else by its name."""
    try:
        archive = _archive(Path(path))
        info = archive.getinfo(name) if number is None else archive.infolist()[number]
        with archive.open(info) as entry:
            return None, entry.read(max_bytes)
    except (*BROKEN, IndexError, KeyError, RuntimeError, zlib.error, lzma.LZMAError):
        raise BadInput(DAMAGED) from None


def _archive(path: Path) -> zipfile.ZipFile:
    """The zip, with its table read once however many entries are asked for one after the other."""
    global _open, _file
    status = path.stat()
    key = (path, status.st_ino, status.st_size, status.st_mtime_ns)
    if _open is None or _open[0] != key:
        _close()
        _file = path.open("rb")
        try:
            _open = key, guarded(_file)
        except BROKEN:
            raise BadInput(UNREADABLE) from None
    return _open[1]


def guarded(file: IO[bytes]) -> zipfile.ZipFile:
    """The zip in an open file. Raises BadInput when its table is too large, and what `ZipFile` raises."""
    guard = TableGuard(file)
    archive = zipfile.ZipFile(cast(IO[bytes], guard))
    guard.is_table_read = True
    return archive


def _close() -> None:
    global _open, _file
    _open = None
    if _file is not None:
        _file.close()
        _file = None


def _listed(info: zipfile.ZipInfo) -> dict[str, Any]:
    problem = LINK if stat.S_ISLNK(info.external_attr >> 16) else ""
    if info.flag_bits & 1:
        problem = problem or LOCKED
    return {
        "name": info.orig_filename,
        "certain": encodings.certain_name(info),
        "raw": encodings.raw_name(info).hex(),
        "size_bytes": info.file_size,
        "problem": problem,
    }


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
