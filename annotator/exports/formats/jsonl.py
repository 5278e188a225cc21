"""A dataset as JSONL with its images, in the shape that TRL reads (docs/training.md#exports).

train.jsonl, test.jsonl   one sample a line: {"id", "images": ["images/…"], "messages": [system?, user,
                          assistant]}; a message's content is a list of parts, {"type": "text", "text"}
                          and, in the user's, one {"type": "image"} per image before the text
images/<sha256>.<ext>     each picture once, upright, without metadata
schema.json               the variables
manifest.json             counts per split, what was left out and why, one hash over all lines
README.md                 how to load it
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotator.datasets.models import Dataset, Variable
from annotator.datasets.rendering import Rendered, render_sample
from annotator.datasets.training_rows import TrainingRow, training_rows
from annotator.exports.archive import Member, file_blocks, stream_zip
from annotator.images.files import original_path
from annotator.images.models import Image
from annotator.training.models import Task

LEFT_OUT_NAMED = 1000  # all are counted


@dataclass
class Export:
    """One export on its way: what to write, and what has been written so far."""

    dataset: Dataset
    approved_only: bool = False
    task: Task | None = None
    images: dict[str, Image] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"train": 0, "test": 0, "left_out": 0})
    left_out: list[dict[str, str]] = field(default_factory=list)
    _digest: Any = field(default_factory=hashlib.sha256)

    @cached_property
    def variables(self) -> list[Variable]:
        """What is asked, in order."""
        return list(self.dataset.variables.live())

    def stream(self) -> Iterator[bytes]:
        """The zip's bytes. Memory grows with the number of pictures only (their names are kept)."""
        return stream_zip(self._members())

    def lines(self, split: str) -> Iterator[bytes]:
        """The split's samples as JSON lines; what cannot be written exactly is noted and left out."""
        for row in training_rows(
            self.dataset, approved_only=self.approved_only, test=split == "test"
        ):
            line = self._line(row)
            if line is None:
                continue
            text = (json.dumps(line, ensure_ascii=False) + "\n").encode()
            self._digest.update(text)
            self.counts[split] += 1
            yield text

    def _members(self) -> Iterator[Member]:
        yield "train.jsonl", self.lines("train")
        yield "test.jsonl", self.lines("test")
        for name, image in sorted(self.images.items()):
            yield name, file_blocks(original_path(image))
        yield (
            "schema.json",
            [_json([variable.config() for variable in self.variables])],
        )
        yield "manifest.json", [_json(self.manifest())]
        yield "README.md", [readme(self).encode()]

    def _line(self, row: TrainingRow) -> dict[str, Any] | None:
        problem = row.problem
        if not problem:
            rendered = render_sample(row.sample, row.values, self.task, variables=self.variables)
            problem = "; ".join(f"{name}: {text}" for name, text in rendered.problems.items())
        if problem:
            self.counts["left_out"] += 1
            if len(self.left_out) < LEFT_OUT_NAMED:
                entry = {"id": str(row.sample.pk), "name": str(row.sample), "reason": problem}
                self.left_out.append(entry)
            return None
        names = [f"images/{image.sha256}.{image.extension}" for image in row.images]
        self.images.update(zip(names, row.images, strict=True))
        return {
            "id": str(row.sample.pk),
            "images": names,
            "messages": messages(rendered, images=len(names)),
        }

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


def readme(export: Export) -> str:
    """How to load it."""
    counts = export.counts
    return f"""# {export.dataset.name}

{counts["train"]} training and {counts["test"]} test samples with {len(export.images)} images;
{counts["left_out"]} were left out, `manifest.json` says which and why.

Each line of `train.jsonl` and `test.jsonl` is one conversation: `messages` with the roles system, user and
assistant, and `images`, the files that the user message's image parts stand for, in order.

    from datasets import Image, Sequence, load_dataset

    data = load_dataset("json", data_files={{"train": "train.jsonl", "test": "test.jsonl"}})
    data = data.cast_column("images", Sequence(Image()))
"""


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()
