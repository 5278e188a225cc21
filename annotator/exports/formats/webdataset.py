"""WebDataset: tar files whose members share a key per sample.

train-000000.tar, …   KEY.0.jpg, KEY.1.jpg … the pictures in order, KEY.json the record; the key is the
                      sample's id. A picture of several samples is in the tar once for each. A new tar
                      begins after SHARD_BYTES.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member
from annotator.exports.formats.records import SPLITS
from annotator.exports.formats.values import ValuesExport
from annotator.exports.pictures import Copy, copy_of
from annotator.exports.selection import Pictures

SHARD_BYTES = 900_000_000

Entry = tuple[str, bytes | Copy]


@dataclass
class WebDatasetExport(ValuesExport):
    """An export of this format."""

    name: ClassVar[str] = "webdataset"
    label: ClassVar[str] = "WebDataset"
    about: ClassVar[str] = (
        "A zip with tar files of less than 1 GB: for each sample its pictures and a JSON file with its "
        "values and texts; the schema, and a manifest that names every sample left out and why."
    )
    for_people: ClassVar[bool] = False
    picture_choices: ClassVar[tuple[str, ...]] = (Pictures.COPIES,)
    has_pictures: ClassVar[bool] = False

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One sample's JSON; `images` are the endings of its pictures' names."""
        copies = [copy_of(image, self.selection) for image in row.images]
        ends = [f"{number}.{copy.ending}" for number, copy in enumerate(copies)]
        return super().record(row, rendered, ends)

    def members(self) -> Iterator[Member]:
        """The tar files of each split, one after the other."""
        for split in SPLITS:
            entries = self.entries(split)
            for number, first in enumerate(entries):  # only then there is a file
                yield f"{split}-{number:06}.tar", tar_blocks(chain([first], entries))
        yield from self.members_beside()

    def entries(self, split: str) -> Iterator[list[Entry]]:
        """The members of each sample's part of a tar."""
        for row, rendered in self.samples(split):
            key = str(row.sample.pk)
            record = self.record(row, rendered, self.picture_names(row))
            text = json.dumps(record, ensure_ascii=False).encode()
            self._digest.update(text)
            pictures: list[Entry] = [
                (f"{key}.{end}", copy_of(image, self.selection))
                for end, image in zip(record["images"], row.images, strict=True)
            ]
            yield [*pictures, (f"{key}.json", text)]

    def loading(self, splits: list[str]) -> str:
        """With the package `webdataset`."""
        return f"""
Each sample of a tar is KEY.json with its values and texts and KEY.0.jpg, KEY.1.jpg … its pictures, in order;
`images` in the JSON names their endings.

After `pip install webdataset pillow`:

    import webdataset

    samples = webdataset.WebDataset("{splits[0]}-000000.tar", shardshuffle=False).decode("pil")
    first = next(iter(samples))
    images = [first[name] for name in first["json"]["images"]]
"""


def tar_blocks(samples: Iterator[list[Entry]]) -> Iterator[bytes]:
    """The bytes of one tar, which ends with the samples or once it is as large as SHARD_BYTES."""
    written = 0
    for entries in samples:
        for name, source in entries:
            data = source if isinstance(source, bytes) else source.read()
            block = tar_member(name, data)
            written += len(block)
            yield block
        if written >= SHARD_BYTES:
            break
    yield b"\0" * 2 * tarfile.BLOCKSIZE


def tar_member(name: str, data: bytes) -> bytes:
    """A member with its header, padded; always with the same time and owner."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o644
    file = io.BytesIO()
    file.write(info.tobuf(tarfile.USTAR_FORMAT))
    file.write(data)
    file.write(b"\0" * (-len(data) % tarfile.BLOCKSIZE))
    return file.getvalue()
