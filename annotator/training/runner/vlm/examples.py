"""Samples as conversations: which images of a sample are shown, in which order, with which texts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Part = Mapping[str, Any]
Row = Mapping[str, Any]  # a line of samples.jsonl


@dataclass(frozen=True)
class Example:
    """One conversation: a sample with the images chosen for it."""

    row: Row
    parts: Sequence[Part]

    def messages(self, *, with_answer: bool) -> list[dict[str, Any]]:
        """In the shape that chat templates take: images in order, each with its own text, then the prompt."""
        content: list[dict[str, str]] = []
        for part in self.parts:
            content.append({"type": "image"})
            if part["text"]:
                content.append(_text(part["text"]))
        if self.row["user"] or not content:
            content.append(_text(self.row["user"]))
        messages = [{"role": "user", "content": content}]
        if self.row["system"]:
            messages.insert(0, {"role": "system", "content": [_text(self.row["system"])]})
        if with_answer:
            messages.append({"role": "assistant", "content": [_text(self.row["answer"])]})
        return messages

    def texts(self) -> Iterator[str]:
        """Everything that a person wrote and that the tokenizer will see."""
        yield from (self.row["system"], self.row["user"], self.row["answer"])
        yield from (part["text"] for part in self.parts if part["text"])


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def example_of(row: Row, *, epoch: int, seed: int) -> Example:
    """The sample as epoch `epoch` shows it; the same for the same epoch and seed.

    single: one of its images, with the objects cut out of that one. multi_random: all, in another order each
    epoch. multi_ordered: all, in their order. Objects come last, in their order.
    """
    images, crops = _split(row)
    chance = random.Random(f"{seed} {epoch} {row['id']}")
    if row["type"] == "single" and images:
        return _single(row, chance.choice(images), crops)
    if row["type"] == "multi_random":
        chance.shuffle(images)
    return Example(row, [*images, *crops])


def fixed_example(row: Row) -> Example:
    """The sample as evaluations show it: all images in their order; of a single one the first."""
    images, crops = _split(row)
    if row["type"] == "single" and images:
        return _single(row, images[0], crops)
    return Example(row, [*images, *crops])


def variants(row: Row) -> list[Example]:
    """Every choice of images whose length may differ: for a single sample one per image, else one."""
    images, crops = _split(row)
    if row["type"] == "single" and images:
        return [_single(row, image, crops) for image in images]
    return [Example(row, [*images, *crops])]


def _split(row: Row) -> tuple[list[Part], list[Part]]:
    images = [part for part in row["parts"] if not part["box"]]
    return images, [part for part in row["parts"] if part["box"]]


def _single(row: Row, image: Part, crops: Sequence[Part]) -> Example:
    return Example(row, [image, *(crop for crop in crops if crop["path"] == image["path"])])
