"""LLaVA's JSON: human and gpt turns with `<image>` in the text.

A record is {"id", "name", "files", "image": "images/…", "conversations": [{"from": "human", "value":
"<image>\\n…"}, {"from": "gpt", "value"}]}; `image` is a list where a sample has several pictures. There is no
system turn, so that prompt begins the human's.
Source: haotian-liu/LLaVA, "Finetune LLaVA on Custom Datasets".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.formats.records import PROVENANCE_SAYS, RecordExport
from annotator.exports.formats.turns import human_and_gpt, placeholder_refusal


@dataclass
class LlavaExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "llava"
    label: ClassVar[str] = "LLaVA"
    about: ClassVar[str] = (
        "A zip with train.json and test.json as LLaVA's training script takes them, each image once, the "
        "schema, and a manifest that names every sample left out and why."
    )
    is_array: ClassVar[bool] = True

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """Texts with the placeholder."""
        return placeholder_refusal(rendered)

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One entry of the array."""
        image = names[0] if len(names) == 1 else names
        turns = human_and_gpt(rendered, images=len(names))
        return {**self.provenance(row), "image": image, "conversations": turns}

    def loading(self, splits: list[str]) -> str:
        """The options of LLaVA's script, and a look at the first entry."""
        first = self.file_of(splits[0])
        return f"""
LLaVA's `train.py` takes `--data_path {first} --image_folder .` in the folder that holds this file.
The system prompt begins the human's turn, since this format has no turn for it. `image` is a list where a
sample has several pictures; the classic script reads one.
{PROVENANCE_SAYS}
A look at it, after `pip install pillow`:

    import json
    from PIL import Image

    with open("{first}", encoding="utf-8") as file:
        entries = json.load(file)
    names = entries[0]["image"]
    images = [Image.open(name) for name in ([names] if isinstance(names, str) else names)]
    assert entries[0]["conversations"][0]["value"].count("<image>") == len(images)
"""
