"""Celery entry points of the room."""

from __future__ import annotations

from celery import shared_task

from annotator.datasets.models import Dataset, Variable
from annotator.figures import decided


@shared_task
def make_report(dataset_id: str) -> None:
    """Work out anew how far people agree in a dataset. Idempotent."""
    from annotator.figures import report  # loads NumPy

    for dataset in Dataset.objects.filter(pk=dataset_id, removed_at=None):
        report.make_report(dataset, Variable.objects.asked_in(dataset))


@shared_task
def make_decisions(dataset_id: str) -> None:
    """Count anew what people decided about suggestions in a dataset. Idempotent."""
    for dataset in Dataset.objects.filter(pk=dataset_id, removed_at=None):
        decided.make_decisions(dataset)
