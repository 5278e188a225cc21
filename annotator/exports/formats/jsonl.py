"""A dataset as JSONL with its images, in the shape that TRL reads (docs/training.md#exports).

train.jsonl, test.jsonl   one sample a line: {"id", "name", "images": ["images/…"], "files": [{"name",
                          "path", "sha256"}], "messages": [system?, user, assistant]}; a message's
                          content is a list of parts, {"type": "text", "text"} and, in the user's, one
                          {"type": "image"} per image before the text; a split without samples has no
                          file
images/<sha256>.<ext>     each image once, upright, without metadata
schema.json               JSON Schema of the values, inner shapes included
lines.schema.json         what a line holds, as JSON Schema
manifest.json             counts per split, what was left out and why, places of the prompts that nothing
                          fills, one hash over all lines
README.md                 how to load it
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.exports.archive import Member, file_blocks
from annotator.exports.export import Export
from annotator.exports.formats.line_schema import LINE_SCHEMA
from annotator.images.files import original_path
from annotator.images.models import Image
from annotator.variables import json_schema

SPLITS = ("train", "test")
LINE_ENDS = "\x85\u2028\u2029"  # those of str.splitlines that JSON may hold as they are


@dataclass
class JsonlExport(Export):
    """An export of this format."""

    name: ClassVar[str] = "jsonl"
    label: ClassVar[str] = "JSONL for TRL"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl (messages and images, as TRL and others read them), "
        "each image once, the schema, and a manifest that names every sample left out and why."
    )

    images: dict[str, Image] = field(default_factory=dict)
    _digest: Any = field(default_factory=hashlib.sha256)

    def lines(self, split: str) -> Iterator[bytes]:
        """The split's samples as JSON lines."""
        for row, rendered in self.samples(split):
            names = [f"images/{image.sha256}.{image.extension}" for image in row.images]
            self.images.update(zip(names, row.images, strict=True))
            line = {
                "id": str(row.sample.pk),
                "name": row.sample.name or "",
                "images": names,
                "files": [origin(image) for image in row.images],
                "messages": messages(rendered, images=len(names)),
            }
            text = (_one_line(json.dumps(line, ensure_ascii=False)) + "\n").encode()
            self._digest.update(text)
            yield text

    def members(self) -> Iterator[Member]:
        """Lines first: they say which images there are and what was left out."""
        for split in SPLITS:
            lines = self.lines(split)
            for first in lines:  # only then there is a file
                yield f"{split}.jsonl", chain([first], lines)
        for name, image in sorted(self.images.items()):
            yield name, file_blocks(original_path(image))
        yield "schema.json", [_json(json_schema([each.spec for each in self.variables]))]
        yield "lines.schema.json", [_json(LINE_SCHEMA)]
        yield "manifest.json", [_json(self.manifest())]
        yield "README.md", [readme(self).encode()]

    def manifest(self) -> dict[str, Any]:
        """What is in the archive. Complete once the lines have been written."""
        return {
            "dataset": self.dataset.name,
            "format": self.dataset.result_format or "json",
            "approved_only": self.approved_only,
            "samples": self.counts,
            "images": len(self.images),
            "sha256_of_lines": self._digest.hexdigest(),
            "left_out": self.left_out,
            "empty_places": dict(sorted(self.empty_places.items())),
        }


def origin(image: Image) -> dict[str, str]:
    """Where an image comes from, as far as is known: texts that are empty where it is not."""
    return {
        "name": image.name,
        "path": image.path or image.name,
        "sha256": image.source_sha256,
    }


def messages(rendered: Rendered, *, images: int) -> list[dict[str, Any]]:
    """The conversation as a model is trained on it."""
    user = [{"type": "image"} for _ in range(images)] + [_text(rendered.user)]
    turns = [
        {"role": "user", "content": user},
        {"role": "assistant", "content": [_text(rendered.answer)]},
    ]
    return (
        [{"role": "system", "content": [_text(rendered.system)]}, *turns]
        if rendered.system
        else turns
    )


def readme(export: JsonlExport) -> str:
    """What is in the archive and how to load it: only files that are there are named."""
    counts = export.counts
    text = f"""# {export.dataset.name}

{counts["train"]} training and {counts["test"]} test samples with {len(export.images)} images.
{counts["left_out"]} were left out; `manifest.json` says which and why.
`schema.json` is the JSON Schema of the values.
"""
    for name, number in sorted(export.empty_places.items()):
        text += f"""
Nothing fills `{name}` in the prompt of {number} of the samples: their metadata has no value for it.
"""
    splits = [split for split in SPLITS if counts[split]]
    return text + _loading(splits) if splits else text


def _loading(splits: list[str]) -> str:
    names = " and ".join(f"`{split}.jsonl`" for split in splits)
    files = ", ".join(f'"{split}": "{split}.jsonl"' for split in splits)
    return f"""
Each line of {names} is one conversation: `messages` with the roles system (if there is a system prompt),
user and assistant, and `images`, the files that the user message's image parts stand for, in order.
`name` is the sample's name. `files` says where each of `images` comes from, in the same order: the `name` and
the `path` (with its folders and zip) that the file had when it was sent, and the `sha256` of the bytes that
were sent; the file in `images/` was written anew from them, upright and without metadata. For an image that
was mirrored, the bytes are those that the remote sent. A text is empty where it is not known: pictures sent
before the path was kept have their name as path. `lines.schema.json` describes a line.

Unpack the archive and run this in the folder that holds this file, after `pip install datasets pillow`:

    from datasets import Image, Sequence, load_dataset

    data = load_dataset("json", data_files={{{files}}})
    data = data.cast_column("images", Sequence(Image()))

Without `datasets`, after `pip install pillow`:

    import json
    from PIL import Image

    with open("{splits[0]}.jsonl", encoding="utf-8") as file:
        samples = [json.loads(line) for line in file]
    images = [Image.open(name) for name in samples[0]["images"]]
"""


def _one_line(text: str) -> str:
    """JSON whose line is one also for readers that end lines at every character Unicode names for it."""
    for character in LINE_ENDS:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()
