"""Compares what Studio's task predicted with accepted values, so that there are disagreements to judge."""

from __future__ import annotations

from annotator.demo.models import Step
from annotator.demo.steps.training import WAIT_SECONDS
from annotator.disagreements import jobs
from annotator.disagreements.actions import start_comparison
from annotator.disagreements.models import Comparison
from annotator.queueing import enqueue_on_commit


def step(step: Step) -> float | None:
    """Request the comparison once and wait for its end."""
    dataset = step.studio_dataset()
    if dataset is None:
        return None
    comparison = Comparison.objects.filter(dataset=dataset).first()
    if comparison is None:
        comparison = start_comparison(dataset, by=step.demo.admin)
        enqueue_on_commit(jobs.compare, comparison.pk)
    return WAIT_SECONDS if comparison.is_active else None
