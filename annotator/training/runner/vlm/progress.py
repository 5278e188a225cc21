"""Reports a training step by step, and ends it when somebody asks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import TrainerCallback

from annotator.training.runner.checkpoints import path_of, seal
from annotator.training.runner.job import Job
from annotator.training.runner.vlm.device import device_name, memory_gb
from annotator.training.runner.vlm.ranks import rank, world

POINTS = 1000  # of a curve, about
METRICS = {
    "loss": "loss of training",
    "eval_loss": "loss of validation",
    "learning_rate": "learning rate",
}
DIVERGED = (
    "The loss of step {step} is no number any more: the training has diverged. Choose a smaller learning rate"
    " or a longer warm-up; with bfloat16 as precision, float32 may help."
)


def any_of_all(flag: bool) -> bool:
    """Whether it is so in any of the processes: all must end after the same step."""
    if world() == 1:
        return flag
    flags = torch.tensor([int(flag)], device=device_name())
    torch.distributed.all_reduce(flags, torch.distributed.ReduceOp.MAX)
    return bool(flags.item())


class Progress(TrainerCallback):
    """Writes the curves; stops after a step when the run is cancelled or to end early.

    `on_epoch` is called with the number of the epoch that begins, from 0, and `evaluate` with the step after
    each `every` epochs (0: never).
    """

    def __init__(
        self,
        job: Job,
        *,
        samples_per_step: int,
        steps_per_epoch: int,
        on_epoch: Callable[[int], None],
        evaluate: Callable[[int], None],
        every: int,
    ) -> None:
        self._job = job
        self._samples_per_step = samples_per_step
        self._steps_per_epoch = steps_per_epoch
        self._on_epoch = on_epoch
        self._evaluate = evaluate
        self._every = every
        self._seconds = 0.0  # of the steps of this process
        self._steps = 0
        self._started_at = 0.0

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Let the samples choose their images anew."""
        self._on_epoch(state.global_step // self._steps_per_epoch)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Time steps alone: neither evaluations nor checkpoints."""
        self._started_at = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Report the step; end when somebody asked for it."""
        self._seconds += time.monotonic() - self._started_at
        self._steps += 1
        rate = self._steps * self._samples_per_step / max(self._seconds, 1e-6)
        self._job.report(state.global_step, state.max_steps, f"{rate:.3g} samples a second")
        if state.global_step % 10 == 0 or state.global_step == 1:
            self._job.metric("speed", state.global_step, rate)
            self._job.metric("memory", state.global_step, memory_gb())
        if any_of_all(self._job.is_stopping or self._job.is_ending_early):
            control.should_training_stop = True
            control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Points of the curves, thinned for a long run. Raises ValueError for a loss that is no number."""
        if "loss" in (logs or {}) and not math.isfinite(logs["loss"]) and not rank():
            raise ValueError(DIVERGED.format(step=state.global_step))
        thinned = max(1, state.max_steps // POINTS)
        for key, name in METRICS.items():
            is_due = key == "eval_loss" or state.global_step % thinned == 0
            if key in (logs or {}) and is_due:
                self._job.metric(name, state.global_step, float(logs[key]))

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """From now on the run can go on from here."""
        if world() > 1:
            torch.distributed.barrier()  # each process writes its own part
        if not rank():
            seal(path_of(self._job.folder, state.global_step))

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Answer some test samples."""
        epoch = round(state.global_step / self._steps_per_epoch)
        is_last = state.global_step >= state.max_steps
        if self._every and epoch % self._every == 0 and not is_last and not self._job.is_stopping:
            self._evaluate(state.global_step)
