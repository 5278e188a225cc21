"""What the formats with a JSON record per sample share: records, pictures as files, a manifest.

train.*, test.*           the records; a split without samples has no file
images/<sha256>.<ext>     each picture once, upright, without metadata
schema.json               JSON Schema of the values, inner shapes included
manifest.json             counts per split, what was left out and why, places of the prompts that nothing
                          fills, one hash over all records
README.md                 how to load it: only what is there is named
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member
from annotator.exports.export import Export
from annotator.exports.selection import Pictures
from annotator.variables import json_schema

SPLITS = ("train", "test")
ENCODER = json.JSONEncoder(ensure_ascii=False)
PICTURES: dict[str, str] = {
    Pictures.COPIES: "files of this archive",
    Pictures.LINKS: "links to the server that this was exported from, which wants a token of yours",
    Pictures.NAMES: "the names and folders that the pictures had when they were sent",
}
LINE_ENDS = "\x85\u2028\u2029"  # those of str.splitlines that JSON may hold as they are


@dataclass
class DescribedExport(Export):
    """An export with a schema, a manifest and a README that says how to load it."""

    has_pictures: ClassVar[bool] = True
    """Whether the pictures are in the folder images/."""
    opens_pictures: ClassVar[bool] = True
    """Whether the README's code opens them, so that it needs copies."""

    _digest: Any = field(default_factory=hashlib.sha256)

    @abstractmethod
    def loading(self, splits: list[str]) -> str:
        """The README's section on loading: the code of these splits, indented by four spaces."""

    def extra_members(self) -> Iterator[Member]:
        """Files that this format has besides; after the records are written."""
        yield from ()

    def members_beside(self) -> Iterator[Member]:
        """The pictures, the schema, the manifest and the README."""
        if self.has_pictures:
            yield from self.picture_members()
        yield from self.extra_members()
        yield "schema.json", [pretty(json_schema([each.spec for each in self.variables]))]
        yield "manifest.json", [pretty(self.manifest())]
        yield "README.md", [self.readme().encode()]

    def manifest(self) -> dict[str, Any]:
        """With the format of the answers, a hash over all records and what the prompts lack."""
        return {
            **super().manifest(),
            "format": self.dataset.result_format or "json",
            "sha256_of_lines": self._digest.hexdigest(),
            "empty_places": dict(sorted(self.empty_places.items())),
        }

    def readme(self) -> str:
        """What is in the archive and how to load it."""
        counts = self.counts
        text = f"""# {self.dataset.name}

{counts["train"]} training and {counts["test"]} test samples with {len(self.images)} images.
{counts["left_out"]} were left out; `manifest.json` says which and why.
`schema.json` is the JSON Schema of the values.
"""
        for name, number in sorted(self.empty_places.items()):
            text += f"""
Nothing fills `{name}` in the prompt of {number} of the samples: their metadata has no value for it.
"""
        splits = [split for split in SPLITS if counts[split]]
        if not splits:
            return text
        if self.selection.pictures != Pictures.COPIES:
            text += f"\nIn a picture's place stand {PICTURES[self.selection.pictures]}.\n"
            if self.opens_pictures:
                return text + self.reading(splits[0])
        return text + self.loading(splits)

    def reading(self, split: str) -> str:
        """In place of `loading` where there are no pictures to open."""
        return ""


@dataclass
class RecordExport(DescribedExport):
    """An export that writes one JSON record per sample, with its pictures beside them."""

    is_array: ClassVar[bool] = False
    """Whether a split's file is one JSON array in place of a record per line."""

    @abstractmethod
    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """What is written of one sample; `names` are its pictures' files, in order."""

    def file_of(self, split: str) -> str:
        """The name of a split's file."""
        return f"{split}.json" if self.is_array else f"{split}.jsonl"

    def reading(self, split: str) -> str:
        """The records, with Python alone."""
        name = self.file_of(split)
        read = "json.load(file)" if self.is_array else "[json.loads(line) for line in file]"
        return f"""
    import json

    with open("{name}", encoding="utf-8") as file:
        records = {read}
"""

    def lines(self, split: str) -> Iterator[bytes]:
        """The split's records as JSON lines."""
        for row, rendered in self.samples(split):
            record = self.record(row, rendered, self.picture_names(row))
            text = (one_line(ENCODER.encode(record)) + "\n").encode()
            self._digest.update(text)
            yield text

    def members(self) -> Iterator[Member]:
        """Records first: they say which pictures there are and what was left out."""
        for split in SPLITS:
            lines = self.lines(split)
            for first in lines:  # only then there is a file
                whole = chain([first], lines)
                yield self.file_of(split), as_array(whole) if self.is_array else whole
        yield from self.members_beside()


PROVENANCE_SAYS = """\
`name` is the sample's name. `files` says where each of its pictures comes from, in the same order: the
`name` and the `path` (with its folders and zip) that the file had when it was sent, and the `sha256` of the
bytes that were sent; the file in `images/` was written anew from them, upright and without metadata. For an
image that was mirrored, the bytes are those that the remote sent. A text is empty where it is not known:
pictures sent before the path was kept have their name as path. `labeled_by` names who set the values,
`labeled_at` says when the last of them was set (UTC), `schema` is the version of the dataset's variables.
"""


def as_array(lines: Iterable[bytes]) -> Iterator[bytes]:
    """One JSON array of the records on the lines, one record a line."""
    separator = b"[\n"
    for line in lines:
        yield separator + line.rstrip(b"\n")
        separator = b",\n"
    yield b"\n]\n" if separator == b",\n" else b"[]\n"


def one_line(text: str) -> str:
    """JSON whose line is one also for readers that end lines at every character Unicode names for it."""
    if text.isascii():
        return text
    for character in LINE_ENDS:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def pretty(value: Any) -> bytes:
    """Indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode()
