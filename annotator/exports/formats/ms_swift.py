"""ms-swift's JSONL: messages with `<image>` in the text, and `images`.

A line is {"id", "name", "files", "messages": [{"role", "content"}], "images": ["images/…"]}.
Source: modelscope/ms-swift, "Custom Dataset".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.formats.records import PROVENANCE_SAYS, RecordExport
from annotator.exports.formats.turns import placeholder_refusal, role_turns


@dataclass
class MsSwiftExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "ms-swift"
    label: ClassVar[str] = "ms-swift"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl as ms-swift takes them, each image once, the schema, and a "
        "manifest that names every sample left out and why."
    )

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """Texts with the placeholder."""
        return placeholder_refusal(rendered)

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One line."""
        turns = role_turns(rendered, images=len(names))
        return {**self.provenance(row), "messages": turns, "images": names}

    def loading(self, splits: list[str]) -> str:
        """The options of its command, and a look at the first line."""
        options = f"--dataset {self.file_of(splits[0])}"
        if splits == ["train", "test"]:
            options += f" --val_dataset {self.file_of('test')}"
        return f"""
Run `swift sft {options}` in the folder that holds this file: paths of pictures are relative to it.
{PROVENANCE_SAYS}
A look at it, after `pip install pillow`:

    import json
    from PIL import Image

    with open("{self.file_of(splits[0])}", encoding="utf-8") as file:
        entry = json.loads(next(file))
    images = [Image.open(name) for name in entry["images"]]
    assert sum(turn["content"].count("<image>") for turn in entry["messages"]) == len(images)
"""
