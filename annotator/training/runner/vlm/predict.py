"""`python -m annotator.training.runner.vlm.predict FOLDER BASES`: answers samples with a trained version."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.update({"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"})  # before transformers

from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging as transformers_logging

from annotator.training.runner import CANCELLED
from annotator.training.runner.job import Job, Stopped
from annotator.training.runner.orphan import end_with_parent
from annotator.training.runner.vlm.answers import answer
from annotator.training.runner.vlm.base import attention, weights_type
from annotator.training.runner.vlm.batches import Batcher
from annotator.training.runner.vlm.device import device_name
from annotator.training.runner.vlm.examples import Row
from annotator.training.runner.vlm.saving import ABOUT, BASE

BATCH = 8
TEMPORARY = "answers.jsonl"


def load_version(job: Job, bases: Path) -> Any:
    """The model of an unpacked archive: an adapter on its base, or all weights.

    Raises ValueError when its base is gone.
    """
    folder = job.folder / "model"
    about = json.loads((folder / ABOUT).read_text())
    is_adapter = (folder / "adapter_config.json").exists()
    base = folder
    if is_adapter:
        base = folder / BASE if (folder / BASE).exists() else bases / about["base"]
    if not (base / "config.json").exists():
        raise ValueError(f"The base {about['base']} is no longer in BASE_MODELS_DIR.")
    model = AutoModelForImageTextToText.from_pretrained(
        base,
        dtype=weights_type(job),
        attn_implementation=attention(base),
        use_safetensors=True,
        trust_remote_code=False,
    )
    model = PeftModel.from_pretrained(model, folder) if is_adapter else model
    return model.to(device_name())


def with_parts(row: Row) -> Row:
    """A line to predict as a line to train on: its images in their order, and no answer."""
    parts = [{"path": path, "text": None, "resize": None, "box": None} for path in row["images"]]
    return {"type": "multi_ordered", "answer": "", "parts": parts, **row}


def predict(job: Job, bases: Path) -> None:
    """One line of suggestions.jsonl for each sample, flushed batch by batch."""
    model = load_version(job, bases)
    processor = AutoProcessor.from_pretrained(job.folder / "model", trust_remote_code=False)
    batcher = Batcher(processor, max_side=job.params["image_side"])
    tokens = json.loads((job.folder / "model" / ABOUT).read_text())["max_tokens"]
    rows = [with_parts(row) for row in job.rows("predict")]
    with (job.folder / "suggestions.jsonl").open("w", encoding="utf-8") as lines:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            for line in answered(model, batcher, batch, job.folder / TEMPORARY, tokens):
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            lines.flush()
            job.progress(start + len(batch), len(rows), "Predicting")


def answered(
    model: Any, batcher: Batcher, rows: list[Row], path: Path, max_tokens: int
) -> list[dict[str, str]]:
    """The lines of one batch; when an image of it can't be read, each sample alone."""
    try:
        answer(
            model,
            batcher,
            rows,
            path,
            max_tokens=max_tokens,
            batch_size=len(rows),
            on_progress=lambda number: None,
        )
    except (OSError, ValueError) as error:
        if len(rows) == 1:
            return [{"id": rows[0]["id"], "problem": f"It cannot be answered: {error}"}]
        return [line for row in rows for line in answered(model, batcher, [row], path, max_tokens)]
    given = [json.loads(line) for line in path.read_text().splitlines()]
    return [{"id": line["id"], "raw": line["raw"]} for line in given]


def main() -> int:
    """Answer one job; the exit code as runner/__init__.py lists it."""
    end_with_parent()
    os.nice(10)
    transformers_logging.disable_progress_bar()
    job = Job(Path(sys.argv[1]))
    try:
        predict(job, Path(sys.argv[2]))
    except Stopped:
        return CANCELLED
    except Exception as error:  # whatever a library raises: its text is the advice that there is
        job.error(str(error))
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
