"""LLaMA-Factory's ShareGPT shape, with the `dataset_info.json` that names its columns.

A record is {"id", "name", "files", "messages": [{"role", "content"}], "images": ["images/…"]}; the user's
text holds one `<image>` per picture.
Source: hiyouga/LLaMA-Factory, data/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member
from annotator.exports.formats.records import (
    PROVENANCE_SAYS,
    SPLITS,
    RecordExport,
    pretty,
)
from annotator.exports.formats.turns import placeholder_refusal, role_turns

TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


@dataclass
class LlamaFactoryExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "llama-factory"
    label: ClassVar[str] = "LLaMA-Factory"
    about: ClassVar[str] = (
        "A zip to be used as LLaMA-Factory's dataset_dir: train.json and test.json, dataset_info.json, each "
        "image once, the schema, and a manifest that names every sample left out and why."
    )
    is_array: ClassVar[bool] = True

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """Texts with the placeholder."""
        return placeholder_refusal(rendered)

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One entry of the array."""
        turns = role_turns(rendered, images=len(names))
        return {**self.provenance(row), "messages": turns, "images": names}

    def extra_members(self) -> Iterator[Member]:
        """The entries that LLaMA-Factory looks a dataset up in."""
        entry = {
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "images": "images"},
            "tags": TAGS,
        }
        splits = [split for split in SPLITS if self.counts[split]]
        info = {split: {"file_name": self.file_of(split), **entry} for split in splits}
        yield "dataset_info.json", [pretty(info)]

    def loading(self, splits: list[str]) -> str:
        """The options of its command, and a look at the first entry."""
        return f"""
Train with `dataset_dir` and `media_dir` set to the folder that holds this file and `dataset: {splits[0]}`;
`dataset_info.json` describes the columns.
{PROVENANCE_SAYS}
A look at it, after `pip install pillow`:

    import json
    from PIL import Image

    with open("dataset_info.json", encoding="utf-8") as file:
        info = json.load(file)["{splits[0]}"]
    with open(info["file_name"], encoding="utf-8") as file:
        entries = json.load(file)
    images = [Image.open(name) for name in entries[0]["images"]]
"""
