"""Lets the model answer: greedy, in batches, with the probability of every token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from annotator.training.runner.vlm.batches import Batcher
from annotator.training.runner.vlm.examples import Row, fixed_example

MAX_PIECES = 512  # tokens whose place in the text is noted; finding it takes their number squared


class Recorder(LogitsProcessor):
    """Keeps the log-probability of each step's likeliest token, which greedy decoding takes."""

    def __init__(self) -> None:
        self.steps: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`scores`, as they are."""
        wide = scores.float()
        self.steps.append((wide.max(dim=-1).values - wide.logsumexp(dim=-1)).cpu())
        return scores


def answer(
    model: Any,
    batcher: Batcher,
    rows: Sequence[Row],
    path: Path,
    *,
    max_tokens: int,
    batch_size: int,
    on_progress: Callable[[int], None],
) -> None:
    """Write one answer a line to `path`: {"id", "raw", "tokens", "seconds", "is_cut", "pieces"}.

    `pieces` are [start, end, log-probability] of the tokens, in characters of `raw`; `seconds` is the
    answer's share of its batch.
    """
    was_training = model.training
    model.eval()
    with path.open("w", encoding="utf-8") as lines, torch.inference_mode():
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            for line in _answer_batch(model, batcher, batch, max_tokens=max_tokens):
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            on_progress(start + len(batch))
    model.train(was_training)


def _answer_batch(
    model: Any, batcher: Batcher, rows: Sequence[Row], *, max_tokens: int
) -> list[dict[str, Any]]:
    started_at = time.monotonic()
    inputs = batcher.for_answering([fixed_example(row) for row in rows])
    inputs = {name: tensor.to(model.device) for name, tensor in inputs.items()}
    recorder = Recorder()
    output = model.generate(
        **inputs,
        do_sample=False,
        max_new_tokens=max_tokens,
        use_cache=True,
        logits_processor=LogitsProcessorList([recorder]),
    )
    written = output[:, inputs["input_ids"].shape[1] :].cpu()
    seconds = (time.monotonic() - started_at) / len(rows)
    tokenizer = batcher.processor.tokenizer
    ends = _end_tokens(model)
    lines = []
    for number, row in enumerate(rows):
        ids = written[number].tolist()
        length = next((at for at, token in enumerate(ids) if token in ends), len(ids))
        chances = [float(step[number]) for step in recorder.steps[:length]]
        raw, pieces = _pieces(tokenizer, ids[:length], chances)
        is_cut = length == len(ids) and length >= max_tokens
        lines.append(
            {"id": row["id"], "raw": raw, "tokens": length, "seconds": round(seconds, 4)}
            | {"is_cut": is_cut, "pieces": pieces}
        )
    return lines


def _end_tokens(model: Any) -> set[int]:
    config = model.generation_config
    ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
    return {token for token in (*ends, config.pad_token_id) if token is not None}


def _pieces(
    tokenizer: Any, ids: list[int], chances: list[float]
) -> tuple[str, list[tuple[int, int, float]]]:
    """The text without blanks around it, and where each token stands in it."""
    text: str = tokenizer.decode(ids, skip_special_tokens=True)
    raw = text.strip()
    shift = len(text) - len(text.lstrip())
    if len(ids) > MAX_PIECES:
        return raw, []
    ends = [
        len(tokenizer.decode(ids[: at + 1], skip_special_tokens=True)) for at in range(len(ids))
    ]
    pieces = []
    for at, end in enumerate(ends):
        start = ends[at - 1] if at else 0
        pieces.append((max(0, start - shift), max(0, end - shift), round(chances[at], 5)))
    return raw, pieces
