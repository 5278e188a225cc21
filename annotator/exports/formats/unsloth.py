"""Conversations whose image parts name their file, as Unsloth's vision collator and mlx-vlm take them.

A line is {"id", "name", "files", "messages"}; a message's content is a list of parts, {"type": "text",
"text"} and, in the user's before the text, one {"type": "image", "image": "images/…"} per picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.formats.records import PROVENANCE_SAYS, RecordExport
from annotator.exports.formats.trl import messages


@dataclass
class UnslothExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "unsloth"
    label: ClassVar[str] = "Unsloth"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl whose image parts name their files, as Unsloth takes them, "
        "each image once, the schema, and a manifest that names every sample left out and why."
    )

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One line."""
        turns = messages(rendered, images=len(names))
        user = next(turn for turn in turns if turn["role"] == "user")
        for part, name in zip(user["content"], names, strict=False):  # the text comes last
            part["image"] = name
        return {**self.provenance(row), "messages": turns}

    def loading(self, splits: list[str]) -> str:
        """A list of samples for its trainer."""
        return f"""
Unsloth's `SFTTrainer` takes the list below as `train_dataset`, with `UnslothVisionDataCollator`. Run it in
the folder that holds this file, after `pip install pillow`: paths of pictures are relative to it.
{PROVENANCE_SAYS}

    import json
    from PIL import Image

    with open("{self.file_of(splits[0])}", encoding="utf-8") as file:
        samples = [{{"messages": json.loads(line)["messages"]}} for line in file]
    for sample in samples:
        for message in sample["messages"]:
            for part in message["content"]:
                if part["type"] == "image":
                    part["image"] = Image.open(part["image"]).convert("RGB")
"""
