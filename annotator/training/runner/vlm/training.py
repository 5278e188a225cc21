"""The training itself: transformers' Trainer with our batches, checkpoints and reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

from annotator.training.runner.checkpoints import FOLDER, is_at_its_end, newest_whole, step_of
from annotator.training.runner.job import Job
from annotator.training.runner.vlm.base import Loaded, uses_autocast
from annotator.training.runner.vlm.batches import Batcher
from annotator.training.runner.vlm.device import device_name
from annotator.training.runner.vlm.examples import Example, Row, example_of, fixed_example
from annotator.training.runner.vlm.memory import batch_and_accumulation
from annotator.training.runner.vlm.progress import Progress
from annotator.training.runner.vlm.ranks import world
from annotator.training.runner.vlm.steps import steps_per_epoch

MAX_EVALUATION_SECONDS = 24 * 3600  # the other processes wait while the first evaluates


class Samples(torch.utils.data.Dataset[Example]):
    """The training samples as the present epoch shows them."""

    def __init__(self, rows: Sequence[Row], *, seed: int) -> None:
        self._rows = rows
        self._seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> Example:
        return example_of(self._rows[number], epoch=self.epoch, seed=self._seed)


@dataclass
class Training:
    """What one run trains: `evaluate` is called with the step, from time to time."""

    job: Job
    base: Loaded
    model: Any
    batcher: Batcher
    rows: Sequence[Row]
    validation: Sequence[Row]
    evaluate: Callable[[int], None]

    def run(self) -> int:
        """Train to the end, or until somebody stops it; the number of steps done.

        Goes on from the newest whole checkpoint.
        """
        batch, accumulation = batch_and_accumulation(self.job)
        checkpoint = newest_whole(self.job.folder)
        self.job.resumed(step_of(checkpoint) or 0 if checkpoint else 0)
        samples = Samples(self.rows, seed=self.job.params["seed"])
        progress = Progress(
            self.job,
            samples_per_step=batch * accumulation * world(),
            steps_per_epoch=steps_per_epoch(
                len(self.rows), batch=batch, accumulation=accumulation, devices=world()
            ),
            on_epoch=lambda epoch: setattr(samples, "epoch", epoch),
            evaluate=self.evaluate,
            every=self.job.params["evaluate_epochs"],
        )
        patience = self.job.params["patience"]
        stops_early = [EarlyStoppingCallback(patience)] if patience and self.validation else []
        trainer = Trainer(
            model=self.model,
            args=TrainingArguments(**self._arguments(batch, accumulation)),
            data_collator=self.batcher.for_training,
            train_dataset=samples,
            eval_dataset=[fixed_example(row) for row in self.validation] or None,
            callbacks=[progress, *stops_early],
        )
        if checkpoint is not None and is_at_its_end(checkpoint):
            # The Trainer would do one step too many.
            trainer._load_from_checkpoint(str(checkpoint))
            return step_of(checkpoint) or 0
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        return int(trainer.state.global_step)

    def _arguments(self, batch: int, accumulation: int) -> dict[str, Any]:
        params = self.job.params
        is_full = params["method"] == "full"
        every = params["checkpoint_steps"]
        decay = params["weight_decay"]
        arguments = {
            "output_dir": FOLDER,  # relative to the job folder, which may move between two attempts
            "num_train_epochs": params["epochs"],
            "max_steps": params["max_steps"] or -1,
            "per_device_train_batch_size": batch,
            "per_device_eval_batch_size": batch,
            "gradient_accumulation_steps": accumulation,
            "learning_rate": params["learning_rate"] or self._usual_rate(is_full=is_full),
            "lr_scheduler_type": "cosine",
            "warmup_steps": params["warmup_steps"],
            "weight_decay": decay if decay is not None else (0.05 if is_full else 0.0),
            "max_grad_norm": 1.0,
            "logging_steps": 1,
            "logging_nan_inf_filter": False,  # it would log 0.0 for such a loss
            "save_steps": every,
            "save_total_limit": 2,
            "seed": params["seed"],
            "bf16": uses_autocast(self.job),
            "use_cpu": device_name() == "cpu",
            "activation_checkpointing": params["save_memory"],
            "remove_unused_columns": False,
            "prediction_loss_only": True,
            "report_to": [],
            "disable_tqdm": True,
            "ddp_timeout": MAX_EVALUATION_SECONDS,
            "dataloader_pin_memory": device_name() == "cuda",
        }
        if self.validation:
            arguments |= {"eval_strategy": "steps", "eval_steps": every}
            best = {"load_best_model_at_end": True, "metric_for_best_model": "eval_loss"}
            arguments |= best if params["patience"] else {}
        return arguments

    def _usual_rate(self, *, is_full: bool) -> float:
        if self.base.is_tiny:
            return 1e-3 if is_full else 3e-3
        return 1e-5 if is_full else 2e-4
