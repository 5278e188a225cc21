"""`python -m annotator.training.runner.vlm FOLDER READER`: fine-tunes, evaluates and saves one job."""

from __future__ import annotations

import json
import logging
import os
import random
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from annotator.training.runner.vlm import ranks

# Before torch and transformers.
os.environ.update({"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", **ranks.own_gpu()})

import torch
from transformers import set_seed
from transformers.utils import logging as transformers_logging

from annotator.training.runner import CANCELLED
from annotator.training.runner.job import Job, Stopped
from annotator.training.runner.orphan import end_with_parent
from annotator.training.runner.vlm.base import Loaded, load, make_trainable
from annotator.training.runner.vlm.batches import Batcher, Unusable
from annotator.training.runner.vlm.device import describe, device_name
from annotator.training.runner.vlm.evaluation import Evaluation
from annotator.training.runner.vlm.examples import Row, fixed_example, variants
from annotator.training.runner.vlm.memory import BatchTooLarge, OutOfMemory, memory_errors
from annotator.training.runner.vlm.saving import ABOUT, save
from annotator.training.runner.vlm.training import Training

log = logging.getLogger(__name__)
MIN_FOR_VALIDATION = 20  # training samples
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors")


def train(job: Job, reader: str) -> None:
    """The whole run."""
    job.phase("preparing")
    set_seed(job.params["seed"])
    base = load(job)
    batcher = Batcher(base.processor, max_side=job.params["image_side"])
    usable = usable_rows(job, base, batcher)
    rows, validation = split(usable, job)
    leave_out_tests(job, base, batcher)
    model = make_trainable(base, job.params)
    if ranks.rank():
        Training(job, base, model, batcher, rows, validation, evaluate=lambda step: None).run()
        return
    write_about(job, base, model, validation=len(validation))
    evaluation = Evaluation(job, batcher, job.rows("test"), reader)
    job.phase("training")
    training = Training(
        job,
        base,
        model,
        batcher,
        rows,
        validation,
        evaluate=lambda step: evaluation.while_training(model, step),
    )
    steps = training.run()
    if job.is_stopping:
        raise Stopped
    job.phase("evaluating")
    evaluation.at_the_end(model, steps, trained_on=len(rows))
    save(base, model, job.folder, merged=job.params["merged"])


def usable_rows(job: Job, base: Loaded, batcher: Batcher) -> list[Row]:
    """The training samples that fit, whole: none is cut. The others are named with their reasons."""
    rows = job.rows("train")
    longest = min(filter(None, (job.params["max_length"], base.max_length)))
    special = base.special_tokens
    usable: list[Row] = []
    for number, row in enumerate(rows, start=1):
        try:
            length = max(batcher.length(example, special) for example in variants(row))
            if length > longest:
                raise Unusable(f"It has {length} tokens; this base reads at most {longest}")
            usable.append(row)
        except Unusable as reason:
            job.left_out(row["id"], row["name"], str(reason))
        job.progress(number, len(rows), "Measuring samples")
    if len(usable) < 2:
        raise ValueError(
            "Fewer than 2 training samples can be used; the run's page names the others."
        )
    return usable


def leave_out_tests(job: Job, base: Loaded, batcher: Batcher) -> None:
    """Test samples that can't be asked about are left out by name: the evaluation would fail at the end."""
    special = base.special_tokens
    unusable = set()
    for row in job.rows("test"):
        try:
            batcher.check_prompt(fixed_example(row), special)
        except Unusable as reason:
            job.left_out(row["id"], row["name"], str(reason), split="test")
            unusable.add(row["id"])
    job.set_aside(unusable)


def split(rows: Sequence[Row], job: Job) -> tuple[list[Row], list[Row]]:
    """Training and validation samples; samples that share an image stay together."""
    share = job.params["validation_percent"]
    if not share or len(rows) < MIN_FOR_VALIDATION:
        return list(rows), []
    order = sorted(rows, key=lambda row: row["id"])
    random.Random(job.params["seed"]).shuffle(order)
    wanted = max(1, len(rows) * share // 100)
    images: set[str] = set()
    for row in order[:wanted]:
        images.update(row["images"])
    chosen = {row["id"] for row in rows if images.intersection(row["images"])}
    if len(rows) - len(chosen) < 2:
        return list(rows), []
    return (
        [row for row in rows if row["id"] not in chosen],
        [row for row in rows if row["id"] in chosen],
    )


def write_about(job: Job, base: Loaded, model: torch.nn.Module, *, validation: int) -> None:
    """What the archive and the card name beside the parameters."""
    weights = [(weight.numel(), weight.requires_grad) for weight in model.parameters()]
    about = {
        "base": base.name,
        **base.source,
        "base_type": base.model.config.model_type,
        "weights": sum(number for number, _ in weights),
        "trained_weights": sum(number for number, is_trained in weights if is_trained),
        "validation_samples": validation,
        "max_tokens": job.config["max_tokens"],
        "devices": ranks.world(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        **describe(),
    }
    (job.folder / ABOUT).write_text(json.dumps(about, indent=2))


def main() -> int:
    """Run one job; the exit code as runner/__init__.py lists it."""
    end_with_parent()
    os.nice(10)
    transformers_logging.disable_progress_bar()
    folder = Path(sys.argv[1]).absolute()
    job = ranks.Peer(folder) if ranks.rank() else Job(folder)
    if ranks.lacks_gpu(device_name()):
        return ranks.NO_GPU
    try:
        with ranks.others(job, device_name()), memory_errors(job):
            train(job, sys.argv[2])
    except Stopped:
        return CANCELLED
    except BatchTooLarge:
        job.halve_batch()
        log.warning(
            "Out of memory: begin again with half the batch, twice as often.", exc_info=True
        )
        return ranks.BATCH_TOO_LARGE
    except OutOfMemory:
        job.error(ranks.MEMORY_ADVICE)
        log.exception("Out of memory.")
        return ranks.NO_MEMORY
    except ValueError as error:
        job.error(str(error))
        raise
    except Exception as error:  # whatever a library raises: its text is the advice that there is
        job.error(f"{type(error).__name__}: {error}")
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
