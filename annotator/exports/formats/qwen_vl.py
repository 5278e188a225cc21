"""Qwen-VL's JSONL for its finetuning script: human and gpt turns with `<image>` in the text.

A line is {"id", "name", "files", "image": "images/…" or a list, "conversations": […]}, as in `llava.py`.
Source: QwenLM/Qwen3-VL, qwen-vl-finetune/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from annotator.exports.formats.llava import LlavaExport
from annotator.exports.formats.records import PROVENANCE_SAYS


@dataclass
class QwenVlExport(LlavaExport):
    """An export of this format."""

    name: ClassVar[str] = "qwen-vl"
    label: ClassVar[str] = "Qwen-VL"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl as Qwen's finetuning script takes them, each image once, the "
        "schema, and a manifest that names every sample left out and why."
    )
    is_array: ClassVar[bool] = False

    def loading(self, splits: list[str]) -> str:
        """The entry in the script's list of datasets, and a look at the first line."""
        first = self.file_of(splits[0])
        return f"""
Add this to `qwenvl/data/__init__.py` of `qwen-vl-finetune`, with the path of the folder that holds this file,
and train with `--dataset_use annotated`:

```python
ANNOTATED = {{"annotation_path": "/path/to/{first}", "data_path": "/path/to"}}
data_dict["annotated"] = ANNOTATED
```

The system prompt begins the human's turn, since this format has no turn for it.
{PROVENANCE_SAYS}
A look at it, after `pip install pillow`:

    import json
    from PIL import Image

    with open("{first}", encoding="utf-8") as file:
        entry = json.loads(next(file))
    names = entry["image"]
    images = [Image.open(name) for name in ([names] if isinstance(names, str) else names)]
    assert entry["conversations"][0]["value"].count("<image>") == len(images)
"""
