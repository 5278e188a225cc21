"""A zip that is sent while it is written: its size costs no memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

FIXED_TIME = (2020, 1, 1, 0, 0, 0)  # of every member: equal contents give an equal archive
BLOCK_BYTES = 1 << 18
TEXTS = (".jsonl", ".json", ".md", ".txt", ".csv", ".xml")  # worth compressing

Member = tuple[str, Iterable[bytes]]


class _Sink(io.RawIOBase):
    """Holds what the zip writer writes until it is sent. It can't seek, so the writer doesn't try."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def drain(self) -> bytes:
        """What has come since the last call."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def stream_zip(members: Iterable[Member]) -> Iterator[bytes]:
    """The bytes of a zip with the given members, in order. Images are stored, texts deflated."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, blocks in members:
            info = zipfile.ZipInfo(name, FIXED_TIME)
            is_text = name.endswith(TEXTS)
            info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as target:
                for block in blocks:
                    target.write(block)
                    yield sink.drain()
            yield sink.drain()
    yield sink.drain()


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes from an open file's place on, BLOCK_BYTES at a time."""
    while block := file.read(BLOCK_BYTES):
        yield block
