"""Conversations as tensors, with the loss on the answer alone. Nothing is ever truncated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from annotator.training.runner.vlm.examples import Example
from annotator.training.runner.vlm.pictures import open_part
from annotator.training.runner.vlm.signs import sign_in

IGNORED = -100  # the label of what the loss passes over


class Unusable(Exception):
    """Why a sample cannot be trained on, for a person to read."""


@dataclass(frozen=True)
class Batcher:
    """Makes batches of one base's processor. `max_side` is of the images, in pixels; None: as they are."""

    processor: Any
    max_side: int | None = None

    def for_training(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """Padded on the right, with `labels`. Every key that the processor gives is passed on."""
        texts = [self._text(example, with_answer=True) for example in examples]
        images = [self._images(example) for example in examples]
        batch = self._process(texts, images, "right")
        labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORED)
        for number, example in enumerate(examples):
            ids = batch["input_ids"][number, : int(batch["attention_mask"][number].sum())]
            labels[number, : self._prompt_length(example, texts[number], images[number], ids)] = (
                IGNORED
            )
        return {**batch, "labels": labels}

    def for_answering(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """The prompts alone, padded on the left."""
        texts = [self._text(example, with_answer=False) for example in examples]
        return self._process(texts, [self._images(example) for example in examples], "left")

    def length(self, example: Example, special_tokens: Sequence[str]) -> int:
        """The number of tokens of a conversation. Raises Unusable for one that can't be trained on."""
        self._check_texts(example, special_tokens)
        try:
            batch = self.for_training([example])
        except (OSError, ValueError) as error:
            raise Unusable(f"It cannot be prepared: {error}") from error
        return int(batch["input_ids"].shape[1])

    def check_prompt(self, example: Example, special_tokens: Sequence[str]) -> None:
        """Raises Unusable for a sample that can't be asked about. Its answer may be anything."""
        question = Example({**example.row, "answer": ""}, example.parts)
        self._check_texts(question, special_tokens)
        try:
            self.for_answering([question])
        except (OSError, ValueError) as error:
            raise Unusable(f"It cannot be prepared: {error}") from error

    def _check_texts(self, example: Example, special_tokens: Sequence[str]) -> None:
        if sign := sign_in(example.texts(), frozenset(special_tokens)):
            raise Unusable(f"A text holds {sign}, which is a sign of the base's own")

    def _text(self, example: Example, *, with_answer: bool) -> str:
        messages = example.messages(with_answer=with_answer)
        text: str = self.processor.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=not with_answer
        )
        return text

    def _images(self, example: Example) -> list[Any]:
        return [open_part(part, max_side=self.max_side) for part in example.parts]

    def _process(self, texts: list[str], images: list[list[Any]], side: str) -> dict[str, Any]:
        self.processor.tokenizer.padding_side = side
        return dict(
            self.processor(
                text=texts,
                images=images if any(images) else None,
                padding=True,
                return_tensors="pt",
                add_special_tokens=not self._writes_start(texts[0]),
            )
        )

    def _writes_start(self, text: str) -> bool:
        """Whether the chat template writes the token of the beginning itself."""
        start = self.processor.tokenizer.bos_token
        return bool(start) and text.startswith(start)

    def _prompt_length(
        self, example: Example, text: str, images: list[Any], ids: torch.Tensor
    ) -> int:
        """How many of the tokens `ids` of `text` come before the answer."""
        prompt = self._text(example, with_answer=False)
        if not text.startswith(prompt):
            raise ValueError(
                "The base's chat template does not end the prompt where the answer begins"
            )
        answer = self.processor.tokenizer(text[len(prompt) :], add_special_tokens=False)[
            "input_ids"
        ]
        if ids[len(ids) - len(answer) :].tolist() == answer:
            return len(ids) - len(answer)
        return int(self._process([prompt], [images], "right")["input_ids"].shape[1])
