"""What a training would take: tokens of the samples, steps, memory, disk and time. Estimates, and said so."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from annotator.datasets.models import Sample
from annotator.datasets.training_rows import TrainingRow
from annotator.training.bases import TINY, Facts
from annotator.training.models import Task, TrainingMetric, TrainingRun
from annotator.training.preflight.findings import NAMED, Named
from annotator.training.preflight.lengths import estimated_tokens
from annotator.training.runner.vlm.steps import steps_per_epoch
from annotator.ui.words import duration

GB = 1e9
# Of one thread of a processor in float32, as measured with a base of 256 million weights.
OPERATIONS_PER_SECOND = 25e9
LIBRARIES_GB = 0.5
BYTES = 4  # of a weight in float32
ACTIVATIONS_BYTES = (
    34 * 2
)  # per token, layer and width in float32: arxiv.org/abs/2205.05198, section 4
ADAPTER_SHARE = 0.02  # of the base's weights, at rank 16


@dataclass
class Costs:
    """Adds up the samples that are trained on. `max_side` is the run's, in pixels."""

    facts: Facts
    max_side: int | None = None
    samples: int = 0
    tokens: int = 0
    longest: int = 0  # tokens of the longest sample
    largest: tuple[int, int] = (0, 0)  # pixels of the picture with the most tokens
    image_tokens: int = 0  # of that one
    too_long_number: int = 0
    too_long: list[Named] = field(default_factory=list)

    def add(self, row: TrainingRow, named: Named) -> None:
        """One more training sample."""
        pictures = [
            self._tokens_of(image.width_px or 0, image.height_px or 0) for image in row.images
        ]
        is_single = row.sample.type == Sample.Type.SINGLE
        shown = max(pictures, default=0) if is_single else sum(pictures)
        texts = (row.rendered.system, row.rendered.user, row.rendered.answer)
        tokens = shown + sum(estimated_tokens(text) for text in texts)
        self.samples += 1
        self.tokens += tokens
        self.longest = max(self.longest, tokens)
        if self.facts.max_length and tokens > self.facts.max_length:
            self.too_long_number += 1
            if len(self.too_long) < NAMED:
                self.too_long.append(named)

    def _tokens_of(self, width: int, height: int) -> int:
        tokens = self.facts.image_tokens(width, height, max_side=self.max_side)
        if tokens > self.image_tokens:
            self.image_tokens, self.largest = tokens, (width, height)
        return tokens


@dataclass(frozen=True)
class Estimate:
    """What one run would take; `seconds` None where nothing is known."""

    steps: int
    memory_gb: float
    disk_gb: float
    seconds: float | None
    is_measured: bool  # the seconds are from an earlier run


def estimate(costs: Costs, params: dict[str, Any], task: Task) -> Estimate:
    """Estimate a run of the task with these (checked) parameters."""
    sizes = {
        "batch": params["batch_size"],
        "accumulation": params["accumulation"],
        "devices": params["devices"],
    }
    per_epoch = steps_per_epoch(costs.samples, **sizes)
    steps = max(1, math.ceil(per_epoch * params["epochs"]))
    steps = min(steps, params["max_steps"] or steps)
    samples = steps * math.prod(sizes.values())
    speed = _measured_speed(task, params)
    operations = (6 if params["method"] == "full" else 4) * costs.facts.weights
    mean = costs.tokens / max(costs.samples, 1)
    rate = OPERATIONS_PER_SECOND * max(settings.TRAINING_THREADS, 1)
    seconds = samples / speed if speed else samples * mean * operations / rate
    return Estimate(
        steps, _memory_gb(costs, params), _disk_gb(costs.facts, params), seconds, bool(speed)
    )


def _memory_gb(costs: Costs, params: dict[str, Any]) -> float:
    """Weights, what the optimizer keeps of those that are trained, activations and the libraries."""
    facts = costs.facts
    is_full = params["method"] == "full"
    size = 2.0 if params["precision"] == "bfloat16" and not is_full else BYTES
    size = 0.6 if params["method"] == "qlora" else size
    trained = facts.weights * (1 if is_full else ADAPTER_SHARE * params["rank"] / 16)
    tokens = costs.longest * params["batch_size"]
    layers = 2 if params["save_memory"] else facts.layers
    activations = tokens * (layers * facts.width * ACTIVATIONS_BYTES + facts.vocabulary * 3 * BYTES)
    return (facts.weights * size + trained * 3 * BYTES + activations) / GB + LIBRARIES_GB


def _disk_gb(facts: Facts, params: dict[str, Any]) -> float:
    """Two checkpoints with the optimizer's state, the files of the version and their archive."""
    share = 1 if params["method"] == "full" else ADAPTER_SHARE * params["rank"] / 16
    merged = facts.weights * BYTES if params["merged"] and params["method"] != "full" else 0
    return 1.2 * (facts.weights * share * BYTES * (2 * 3 + 2) + 2 * merged) / GB


def _measured_speed(task: Task, params: dict[str, Any]) -> float | None:
    """Samples per second of the workspace's last run with this base and method that came to its end."""
    runs = TrainingRun.objects.filter(
        task__workspace=task.workspace_id,
        backend=task.backend,
        state=TrainingRun.State.SUCCEEDED,
        params__base=params["base"],
        params__method=params["method"],
    )
    run = runs.order_by("-requested_at").first()
    if run is None:
        return None
    points = TrainingMetric.objects.filter(run=run, name="speed", value__gt=0).order_by("-step")
    return points.values_list("value", flat=True).first()


def lines(costs: Costs, wanted: Estimate) -> list[tuple[str, str]]:
    """For the page: what, and how much."""
    width, height = costs.largest
    name = "the tiny base" if costs.facts.name == TINY else costs.facts.name
    time = duration(wanted.seconds)
    source = "at the speed of the last run" if wanted.is_measured else "without a GPU"
    return [
        (
            "Tokens of a picture",
            f"{costs.image_tokens:,} for {name}, at {width:,} × {height:,} pixels",
        ),
        (
            "Tokens of a sample",
            f"about {round(costs.tokens / max(costs.samples, 1)):,}, at most {costs.longest:,}"
            + (f"; it reads {costs.facts.max_length:,}" if costs.facts.max_length else ""),
        ),
        ("Steps", f"{wanted.steps:,}"),
        ("Memory", f"about {wanted.memory_gb:.1f} GB"),
        ("Disk", f"about {max(wanted.disk_gb, 0.1):.1f} GB"),
        ("Time", f"about {time}, {source}"),
    ]
