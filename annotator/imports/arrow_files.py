"""Reads Parquet and Arrow files, in the child process: called by name through `annotator.child`.

A few kilobytes of either can say that one long text stands in every row, or unpack to gigabytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from annotator.errors import BadInput
from annotator.imports.json_values import json_value

os.environ["ARROW_DEFAULT_MEMORY_POOL"] = (
    "system"  # the others reserve more than the child may have
)
PARQUET = "Parquet"
MAX_ROWS_BYTES = 256_000_000  # of the rows that are asked for at once, as they are sent
MAX_MAPPED_BYTES = 500_000_000  # Hugging Face's shards are no larger
BUFFER_BYTES = 1 << 20

Chunks = Iterator[list[dict[str, Any]]]

_reading: tuple[tuple[Any, ...], int, Chunks] | None = None  # the last file, its next row, its rows


def schema(_body: bytes, *, path: str, kind: str) -> tuple[None, bytes]:
    """The Arrow schema as IPC writes it. `kind` is "Parquet" or "Arrow". Raises BadInput."""
    with _refusing(f"{Path(path).name} is no readable {kind} file"):
        if kind == PARQUET:
            from pyarrow import parquet

            return None, parquet.read_schema(path).serialize().to_pybytes()
        return None, _arrow_reader(path).schema.serialize().to_pybytes()


def rows(
    _body: bytes, *, path: str, kind: str, columns: list[str], start: int, count: int
) -> tuple[list[Any], bytes]:
    """At most `count` rows from row `start`, which counts from 0; none at the end. Raises BadInput.

    They are dicts of these columns as `Packer` makes them, and the bytes inside them.
    """
    global _reading
    last, _reading = _reading, None  # one that fails is not kept: it would seem to end there
    with _refusing(Path(path).name):
        status = Path(path).stat()
        key = (path, status.st_ino, status.st_size, status.st_mtime_ns, kind, columns, count)
        if last is not None and last[:2] == (key, start):
            chunks = last[2]
        else:
            chunks = _chunks(path, kind, columns, start, count)
        chunk = next(chunks, [])
    _reading = key, start + len(chunk), chunks
    packer = Packer()
    listed = [packer.packed(row) for row in chunk]
    return listed, bytes(packer.blob)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Raise BadInput for what a file does not hold, or not in this way."""
    import pyarrow as pa

    try:
        yield
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"{what}: {getattr(error, 'strerror', None) or error}") from None


class Packer:
    """Makes JSON of values, and puts the bytes inside them aside. Raises BadInput for too much of both."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self._size = 0

    def packed(self, value: Any) -> Any:
        """The value as JSON, with a dict that says so where there are bytes or a dict."""
        if isinstance(value, bytes | str):
            self._size += len(value)
            if self._size > MAX_ROWS_BYTES:
                limit = f"{MAX_ROWS_BYTES // 10**6} MB"
                raise BadInput(f"Some rows beside each other are larger than {limit}.")
        if isinstance(value, bytes):
            self.blob += value
            return {"bytes": [len(self.blob) - len(value), len(self.blob)]}
        if isinstance(value, dict):
            return {"dict": {str(key): self.packed(part) for key, part in value.items()}}
        if isinstance(value, list | tuple):
            return [self.packed(part) for part in value]
        return json_value(value)


def unpacked(value: Any, blob: bytes) -> Any:
    """The value that `Packer` was given."""
    if isinstance(value, list):
        return [unpacked(part, blob) for part in value]
    if not isinstance(value, dict):
        return value
    if "bytes" in value:
        begin, end = value["bytes"]
        return blob[begin:end]
    return {key: unpacked(part, blob) for key, part in value["dict"].items()}


def _chunks(path: str, kind: str, columns: list[str], start: int, count: int) -> Chunks:
    """Up to `count` rows after the other, without the first `start`."""
    batches, skipped = _parquet(path, start, count) if kind == PARQUET else (_arrow(path), 0)
    left = start - skipped
    for batch in batches:
        for begin in range(min(left, batch.num_rows), batch.num_rows, count):
            part = batch.slice(begin, count)
            wanted = [n for n, field in enumerate(part.schema) if field.name in columns]
            yield _listed(part.select(wanted)) if wanted else [{}] * part.num_rows
        left -= min(left, batch.num_rows)


def _listed(batch: Any) -> list[dict[str, Any]]:
    """Its rows. A cell that Python can't hold, such as nanoseconds or the year 300000, is a text."""
    with suppress(ValueError, OverflowError):
        return list(batch.to_pylist())
    columns = [[_said(cell) for cell in column] for column in batch.columns]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _said(cell: Any) -> Any:
    """An Arrow scalar as Python has it, else as Arrow writes it. Raises ArrowException, of a map ValueError,
    where neither can.
    """
    import pyarrow as pa

    with suppress(ValueError, OverflowError):
        return cell.as_py()
    if isinstance(cell, pa.StructScalar):
        return {name: _said(part) for name, part in cell.items()}
    if isinstance(cell, pa.ListScalar):
        return [_said(part) for part in cell]
    text = str(cell.cast(pa.string()))
    return (
        text.replace(" ", "T", 1) if pa.types.is_timestamp(cell.type) and text[0] != "<" else text
    )


def _parquet(path: str, start: int, count: int) -> tuple[Iterator[Any], int]:
    """(the record batches, how many rows lie in the row groups before them that are passed over)."""
    from pyarrow import parquet

    file = parquet.ParquetFile(path, buffer_size=BUFFER_BYTES)
    skipped, first, groups = 0, 0, file.metadata.num_row_groups
    while first < groups and skipped + file.metadata.row_group(first).num_rows <= start:
        skipped += file.metadata.row_group(first).num_rows
        first += 1
    left = list(range(first, groups))
    return file.iter_batches(batch_size=count, row_groups=left, use_threads=False), skipped


def _arrow(path: str) -> Iterator[Any]:
    reader = _arrow_reader(path)
    if hasattr(reader, "num_record_batches"):
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
    else:
        yield from reader


def _arrow_reader(path: str) -> Any:
    """A reader of an Arrow file, which is a stream or a file by its version."""
    import pyarrow as pa

    is_small = Path(path).stat().st_size <= MAX_MAPPED_BYTES
    file = pa.memory_map(path) if is_small else pa.OSFile(path)
    try:
        return pa.ipc.open_stream(file)
    except pa.ArrowInvalid:
        file.seek(0)
        return pa.ipc.open_file(file)
