"""What the screens of mirroring show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from annotator.connections.models import Remote
from annotator.datasets.models import Dataset
from annotator.images.models import Image
from annotator.mirror.models import MirrorRun
from annotator.remote.client import RemoteClient
from annotator.remote.shapes import RemoteDataset, RemoteSample, RemoteVariable

BROWSE_SIZE = 25
PREVIEW_SIZE = 20  # samples of the first page, from which the number of images is estimated

# The labels of a report's counts, in the order in which they are shown.
COUNT_LABELS = {
    "new": "new samples",
    "changed": "changed samples",
    "same": "samples unchanged",
    "back": "samples that came back",
    "gone": "samples removed on the remote",
    "values_taken": "values updated",
    "conflicts": "values changed on both sides",
    "hidden": "values that the remote does not show",
    "variables_new": "new variables",
    "variables_changed": "changed variables",
    "variables_removed": "removed variables",
    "tasks": "tasks",
}


@dataclass(frozen=True)
class Offer:
    """A dataset of the remote, and our copy of it if there is one."""

    dataset: RemoteDataset
    here: Dataset | None
    run: MirrorRun | None


@dataclass(frozen=True)
class Offers:
    """One page of the remote's datasets; `next_query` is where the next begins."""

    rows: Sequence[Offer]
    count: int
    next_query: str | None


def offers(remote: Remote, client: RemoteClient, *, after: str | None) -> Offers:
    """Ask the remote for a page of its datasets. Raises RemoteError."""
    page = next(client.datasets.pages(after=after, page_size=BROWSE_SIZE))
    keys = [row.id for row in page.rows]
    here = {
        row.remote_key: row
        for row in Dataset.objects.filter(remote=remote, remote_key__in=keys, removed_at=None)
    }
    runs = {
        run.remote_dataset_id: run
        for run in MirrorRun.objects.filter(source=remote, remote_dataset_id__in=keys).order_by(
            "created_at"
        )
    }
    rows = [Offer(row, here.get(row.id), runs.get(row.id)) for row in page.rows]
    return Offers(rows, page.count, page.next_query)


@dataclass(frozen=True)
class Plan:
    """What mirroring a dataset would bring, estimated from its first page."""

    dataset: RemoteDataset
    variables: Sequence[RemoteVariable]
    samples: int
    images: int | None  # about so many; None: unknown
    has_complete_pages: bool  # a page has the values, images and objects of its samples
    calls: int  # about so many
    warnings: list[str] = field(default_factory=list)


def plan(client: RemoteClient, remote_dataset_id: str) -> Plan:
    """Look at a dataset before mirroring it; changes nothing. Raises RemoteError."""
    dataset = client.datasets.get(remote_dataset_id)
    pages = client.variables.pages(dataset=remote_dataset_id)
    variables = [v for v in next(pages).rows if v.dataset in (None, remote_dataset_id)]
    page = next(client.sample_pages(remote_dataset_id, page_size=PREVIEW_SIZE))
    has_complete_pages = bool(client.capabilities().include)
    counts = [row.images_count for row in page.rows if row.images_count is not None]
    images = round(sum(counts) / len(counts) * page.count) if counts else None
    calls = page.count // 100 + 1 if has_complete_pages else page.count // 24 + 1 + 3 * page.count
    warnings = _warnings(client, dataset, page.rows)
    return Plan(dataset, variables, page.count, images, has_complete_pages, calls, warnings)


def _warnings(
    client: RemoteClient, dataset: RemoteDataset, rows: Sequence[RemoteSample]
) -> list[str]:
    """What cannot be read (Q1)."""
    warnings = []
    answered = next((row for row in rows if row.variables_count), None)
    if answered is not None:
        complete = answered if answered.values is not None else client.samples.get(answered.id)
        if complete.values is None:
            warnings.append(
                f"The remote holds answers ({answered.variables_count} of one sample) that it does not show. "
                "They stay unknown here, and before a push overwrites one you are asked."
            )
    if dataset.result_template is None and dataset.result_template_id is None:
        warnings.append(
            "The dataset has no result template. Add one before you train: it holds the answer to learn."
        )
    return warnings


@dataclass(frozen=True)
class Progress:
    """How far a run is, for its progress bar."""

    label: str
    value: int
    total: int | None
    rate: str
    seconds_left: float | None
    note: str


def progress(run: MirrorRun) -> Progress:
    """The stage at work. The rate is that of the run so far, its waits included."""
    if run.stage == MirrorRun.Stage.IMAGES:  # files_progress() has the rest
        return Progress(MirrorRun.Stage.SAMPLES.label, run.done, run.total, "", None, "")
    rate, left = "", None
    total = run.total if run.stage else None
    if run.started_at and run.done and run.stage == MirrorRun.Stage.SAMPLES:
        seconds = max((timezone.now() - run.started_at).total_seconds(), 0.1)
        speed = run.done / seconds
        rate = f"{speed:.0f} a second" if speed >= 1 else f"{speed * 60:.0f} a minute"
        left = max((run.total or 0) - run.done, 0) / speed
    label = run.get_stage_display() or "Waiting for a worker"
    passes = run.position.get("pass", 1)
    note = f"Reading again ({passes} of 3): the list changed meanwhile." if passes > 1 else ""
    return Progress(label, run.done, total, rate, left, note)


def files_progress(images: dict[str, int]) -> Progress | None:
    """How many image files are here or known to be missing, as long as some are on their way.

    They are fetched while samples are still read, and after the run has ended.
    """
    if not images[Image.State.PENDING]:
        return None
    done = images[Image.State.STORED] + images[Image.State.MISSING]
    note = "Samples can be labelled meanwhile."
    return Progress("Image files", done, sum(images.values()), "", None, note)


def images_of(run: MirrorRun) -> dict[str, int]:
    """How many of the dataset's images are stored, pending and missing."""
    counts = dict.fromkeys(Image.State.values, 0)
    if run.dataset_id is None:
        return counts
    rows = Image.objects.filter(samples__dataset=run.dataset_id, remote=run.source_id)
    return counts | rows.aggregate(
        **{state: Count("pk", filter=Q(state=state), distinct=True) for state in counts}
    )


def report_lines(run: MirrorRun) -> list[tuple[int, str]]:
    """The counts of a run with their labels."""
    report: dict[str, Any] = run.report
    return [(report[name], label) for name, label in COUNT_LABELS.items() if report.get(name)]
