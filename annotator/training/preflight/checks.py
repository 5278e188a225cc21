"""Check a task: its samples, its machine, its deliveries."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from annotator.datasets.models import Dataset
from annotator.datasets.training_rows import count_rows
from annotator.errors import BadInput
from annotator.push.models import Delivery
from annotator.training import bases
from annotator.training.backends import BACKENDS
from annotator.training.backends.parameters import check_parameters
from annotator.training.models import Task
from annotator.training.preflight import balance
from annotator.training.preflight.costs import Costs, estimate, lines
from annotator.training.preflight.findings import Preflight, gallery
from annotator.training.preflight.lengths import AnswerLengths
from annotator.training.preflight.machine import check_machine
from annotator.training.preflight.seen import Seen

MIN_TRAINING_SAMPLES = 2


def check(task: Task) -> Preflight:
    """Check the task in its present state, in a few queries whatever its size."""
    result = check_data(task)
    check_present(result, task)
    return result


def check_data(task: Task) -> Preflight:
    """What depends on the task's data alone, and can be kept until that changes."""
    result = Preflight(checked_at=timezone.now())
    datasets = list(task.datasets.filter(removed_at=None).with_prompts())
    params = base_params(task)
    costs = _costs(params)
    lengths = AnswerLengths(costs.facts if costs else None)
    seen = [_count(result, dataset, task, lengths, costs) for dataset in datasets]
    if not datasets:
        result.blocks("No dataset is connected: add one to this task first.")
        return result
    if result.train < MIN_TRAINING_SAMPLES:
        url = gallery(datasets[0], split="train") if len(datasets) == 1 else ""
        result.blocks(
            f"Only {result.train} training samples can be used: label at least {MIN_TRAINING_SAMPLES}.",
            url=url,
        )
    balance.check_test_set(result, datasets)
    lengths.report(result, task.max_tokens)
    if costs is not None and costs.samples:
        _report_costs(result, task, costs, params)
    balance.check_leaks(result, seen)
    balance.check_near(result, seen)
    for dataset, one in zip(datasets, seen, strict=True):
        balance.check_values(result, dataset, one)
    return result


def check_present(result: Preflight, task: Task) -> None:
    """What may change without the data: asked each time."""
    if task.is_mirrored:
        _check_deliveries(result, task)
    else:
        check_machine(result, task, _base(base_params(task)))


def _costs(params: dict[str, Any]) -> Costs | None:
    """The sum over the training samples, for a backend with a base."""
    base = _base(params)
    return Costs(bases.facts_of(base), params["image_side"]) if base else None


def _base(params: dict[str, Any]) -> bases.Base | None:
    return next((base for base in bases.bases() if base.name == params.get("base")), None)


def base_params(task: Task) -> dict[str, Any]:
    """The checked parameters of a task whose backend trains a base; else empty."""
    backend = BACKENDS.get(task.backend)
    if backend is None or task.is_mirrored:
        return {}
    try:
        params = check_parameters(backend.parameters, task.training_params)
    except BadInput:
        return {}
    return params if "base" in params and "image_side" in params else {}


def _report_costs(result: Preflight, task: Task, costs: Costs, params: dict[str, Any]) -> None:
    """What the run would take, and samples that the base can't read whole."""
    wanted = estimate(costs, params, task)
    result.costs = lines(costs, wanted)
    result.memory_gb, result.disk_gb = wanted.memory_gb, wanted.disk_gb
    if number := costs.too_long_number:
        are = "sample has" if number == 1 else "samples have"
        result.informs(
            f"{number:,} training {are} more tokens than {costs.facts.name} reads"
            f" ({costs.facts.max_length:,}; an estimate): longer ones are left out, never cut.",
            samples=tuple(costs.too_long),
        )


def _count(
    result: Preflight, dataset: Dataset, task: Task, lengths: AnswerLengths, costs: Costs | None
) -> Seen:
    """Count the dataset's samples. A remote has the image files itself."""
    seen = Seen(list(dataset.variables.live()), lengths, costs)
    counts = count_rows(dataset, task, needs_files=not task.is_mirrored, watch=seen.add)
    result.train += counts.train
    result.test += counts.test
    result.excluded += counts.excluded
    balance.check_signs(result, dataset, seen)
    for reason, number in counts.commonest:
        are = "sample of {} is" if number == 1 else "samples of {} are"
        result.informs(
            f"{number:,} {are.format(dataset.name)} left out: {reason.rstrip('.')}.",
            url=_filter_of(reason, dataset, seen),
            samples=tuple(seen.by_reason[reason]),
        )
    for name, number in counts.unfilled:
        have = "sample of {} has" if number == 1 else "samples of {} have"
        result.informs(
            f"{number:,} {have.format(dataset.name)} nothing for {{{{{name}}}}} in the prompt:"
            " give it a value in their metadata.",
            samples=tuple(seen.by_place[name]),
        )
    if counts.unrendered:
        result.informs(
            f"{counts.unrendered:,} samples of {dataset.name} were counted by their values, without"
            " rendering them; the training renders each."
        )
    return seen


def _filter_of(reason: str, dataset: Dataset, seen: Seen) -> str:
    """The gallery's filter for a reason that the values give; empty for another, such as a picture."""
    if reason in seen.refused:
        return ""
    for variable in seen.variables:
        if reason == f"{variable.name} is required and missing":
            return gallery(dataset, **{f"v.{variable.name}.is": "missing"})
        if reason.startswith(f"{variable.name}: "):
            return gallery(dataset, **{f"v.{variable.name}.is": "invalid"})
    return ""


def _check_deliveries(result: Preflight, task: Task) -> None:
    """A remote trains on the values it has: those that have not arrived there are not among them (T3)."""
    waiting = Delivery.objects.filter(
        dataset__in=task.datasets.all(), want_rev__gt=F("have_rev")
    ).exclude(state=Delivery.State.CONFIRMED)
    if number := waiting.count():
        result.informs(
            f"{number} values have not reached the remote: it would train without them.",
            url=reverse("push:deliveries"),
        )
