"""Conversations with content parts, the shape that TRL, Unsloth, mlx-vlm and axolotl read.

A record is {"id", "name", "files": [{"name", "path", "sha256"}], "labeled_by", "labeled_at", "schema",
"images": ["images/…"], "messages": [system?, user, assistant]}; a message's content is a list of parts,
{"type": "text", "text"} and, in the user's, one {"type": "image"} per image before the text.
`lines.schema.json` describes a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member
from annotator.exports.formats.line_schema import LINE_SCHEMA
from annotator.exports.formats.records import PROVENANCE_SAYS, RecordExport, pretty


@dataclass
class TrlExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "trl"
    label: ClassVar[str] = "TRL"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl (messages with image parts, as TRL and others read them), "
        "each image once, the schema, and a manifest that names every sample left out and why."
    )

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One line."""
        turns = messages(rendered, images=len(names))
        return {**self.provenance(row), "images": names, "messages": turns}

    def extra_members(self) -> Iterator[Member]:
        """What a line holds, as JSON Schema."""
        yield "lines.schema.json", [pretty(LINE_SCHEMA)]

    def loading(self, splits: list[str]) -> str:
        """With `datasets`, as TRL's trainer takes it, and without."""
        names = " and ".join(f"`{self.file_of(split)}`" for split in splits)
        files = ", ".join(f'"{split}": "{self.file_of(split)}"' for split in splits)
        return f"""
Each line of {names} is one conversation: `messages` with the roles system (if there is a system prompt),
user and assistant, and `images`, the files that the user message's image parts stand for, in order.
{PROVENANCE_SAYS}`lines.schema.json` describes a line.

Unpack the archive and run this in the folder that holds this file, after `pip install datasets pillow`:

    from datasets import Image, List, load_dataset

    data = load_dataset("json", data_files={{{files}}})
    data = data.cast_column("images", List(Image()))

Without `datasets`, after `pip install pillow`:

    import json
    from PIL import Image

    with open("{self.file_of(splits[0])}", encoding="utf-8") as file:
        samples = [json.loads(line) for line in file]
    images = [Image.open(name) for name in samples[0]["images"]]
"""


def messages(rendered: Rendered, *, images: int) -> list[dict[str, Any]]:
    """The conversation as a model is trained on it."""
    user = [{"type": "image"} for _ in range(images)] + [text_part(rendered.user)]
    turns = [
        {"role": "user", "content": user},
        {"role": "assistant", "content": [text_part(rendered.answer)]},
    ]
    return (
        [{"role": "system", "content": [text_part(rendered.system)]}, *turns]
        if rendered.system
        else turns
    )


def text_part(text: str) -> dict[str, str]:
    """A content part."""
    return {"type": "text", "text": text}
