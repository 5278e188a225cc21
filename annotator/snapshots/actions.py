"""Snapshots are written, and kept for what a training was trained on."""

from __future__ import annotations

from collections.abc import Callable

from annotator.accounts.models import User
from annotator.accounts.people import People
from annotator.datasets.models import Dataset, Sample, SampleQuerySet
from annotator.datasets.models.variable import schema_version
from annotator.datasets.queries.row_data import sample_data
from annotator.snapshots.files import write_snapshot
from annotator.snapshots.models import Snapshot


def write(
    dataset: Dataset,
    samples: SampleQuerySet,
    *,
    name: str,
    made_by: str,
    by: User | None,
    watch: Callable[[int], None],
    query: str = "",
) -> Snapshot:
    """A snapshot of these samples as they are now, its file written and its row not saved.

    The dataset has its prompts at hand. `watch` is called with the samples so far.
    """
    variables = list(dataset.variables.live())
    snapshot = Snapshot(
        dataset=dataset,
        name=name,
        query=query,
        made_by=made_by,
        created_by=by,
        schema=schema_version(variables),
    )
    written = write_snapshot(
        snapshot.path,
        dataset,
        variables,
        sample_data(dataset, samples, with_objects=True),
        person_name=People().name,
        watch=watch,
    )
    snapshot.samples, snapshot.sha256 = written.samples, written.sha256
    snapshot.size_bytes = written.size_bytes
    return snapshot


def write_for_training(
    dataset: Dataset, *, name: str, by: User | None, watch: Callable[[int], None]
) -> Snapshot:
    """As `write`, of the whole dataset."""
    samples = Sample.objects.in_dataset(dataset)
    made_by = Snapshot.MadeBy.TRAINING
    return write(dataset, samples, name=name, made_by=made_by, by=by, watch=watch)


def keep(snapshot: Snapshot) -> Snapshot:
    """Save a snapshot that was written; where an earlier one is equal, that one is kept instead."""
    equal = snapshot.dataset.snapshots.filter(sha256=snapshot.sha256).first()
    if equal is not None and equal.path.is_file():
        snapshot.path.unlink()
        return equal
    snapshot.save()
    return snapshot
