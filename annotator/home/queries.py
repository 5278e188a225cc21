"""What the start page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Q, QuerySet, Sum, UUIDField
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.given import GIVEN_MEMBER, visible_rows
from annotator.accounts.models import Membership, Workspace
from annotator.accounts.permissions import Action, may
from annotator.annotation.models import AnswerCount
from annotator.annotation.queries import FiguresByDataset, Waiting
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset
from annotator.datasets.queries import DatasetCard, dataset_cards
from annotator.exports.models import ExportJob
from annotator.imports.models import AnswerImport, ImageImport, ImportedFile
from annotator.mirror.models import MirrorRun
from annotator.mirror.queries import files_progress, images_of
from annotator.push.models import Delivery, DeliveryCount
from annotator.review.queries import waiting
from annotator.training.models import TrainingRun
from annotator.ui.charts import Spark, sparkline

# Whether any go on, by kind: mostly none do, and composing the query of each would take longer than all else.
JOBS: list[Any] = [MirrorRun, TrainingRun, ImageImport, AnswerImport, ExportJob]
ACTIVE = CompiledQuery(
    lambda: (
        Workspace.objects.filter(pk=Given("workspace", UUIDField()))
        .order_by()
        .values_list(*[Exists(model.objects.visible_to(GIVEN_MEMBER).active()) for model in JOBS])
    )
)
SHOWN = 12  # datasets on the start page
DAYS = 14


@dataclass(frozen=True)
class Running:
    """One long job: what it is, how far, and where to look closer."""

    kind: str
    label: str
    url: str
    value: int
    total: int | None
    note: str = ""


@dataclass(frozen=True)
class Mine:
    """The member's own work: submitted today, and day by day before."""

    today: int
    spark: Spark
    returned: int


def cards(member: Membership) -> list[DatasetCard]:
    """The workspace's datasets that were worked on last, with their counts."""
    datasets = (
        Dataset.objects.visible_to(member).select_related("remote").order_by("-version", "name")
    )
    return dataset_cards(datasets[:SHOWN], member)


def next_to_label(shown: Iterable[DatasetCard], left: dict[UUID, dict[str, Any]]) -> Waiting | None:
    """Where to continue: where something was returned, then assigned to them, then where most is left."""
    waiting = [
        Waiting(card.dataset, **left[card.dataset.pk]) for card in shown if card.dataset.pk in left
    ]
    return max(
        waiting, key=lambda each: (each.returned > 0, each.assigned > 0, each.left), default=None
    )


def mine(member: Membership, returned: int) -> Mine:
    """What the member submitted, today and on the days before (UTC)."""
    today = timezone.now().date()
    rows = AnswerCount.objects.filter(
        author=member.user_id,
        dataset__workspace=member.workspace_id,
        dataset__removed_at=None,
        day__gt=today - timedelta(days=DAYS),
    )
    per_day: dict[date, int] = dict(rows.values_list("day").annotate(Sum("number")))
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return Mine(per_day.get(today, 0), sparkline([per_day.get(day, 0) for day in days]), returned)


def review_waiting(
    member: Membership, counted: FiguresByDataset
) -> dict[str, int | datetime | None]:
    """How many answers await the member's verdict, and since when the oldest does. One query."""
    datasets = waiting(member, counted)
    oldest = min((each.oldest for each in datasets if each.oldest), default=None)
    return {"number": sum(each.number for each in datasets), "oldest": oldest}


def delivery_counts(member: Membership) -> dict[str, int]:
    """Deliveries of the workspace by state, and how many of them a person must look at."""
    counts = DeliveryCount.objects.visible_to(member).by_state()
    return {
        **counts,
        "need_a_look": counts[Delivery.State.PARKED] + counts[Delivery.State.CONFLICT],
    }


def running(member: Membership) -> list[Running]:
    """The long jobs that go on now, for those who may see them; one query, and one for each kind."""
    if not may(member, Action.SEE_SYNC):
        return []
    [is_active] = visible_rows(ACTIVE, member)
    read = (_mirroring, _training, _importing, _importing_answers, _exporting)
    kinds = [each for each, active in zip(read, is_active, strict=True) if active]
    return [job for jobs_of in kinds for job in jobs_of(member)]


def _mirroring(member: Membership) -> Iterator[Running]:
    for run in MirrorRun.objects.visible_to(member).active().select_related("source"):
        is_at_files = run.stage == MirrorRun.Stage.IMAGES
        files = files_progress(images_of(run)) if is_at_files else None
        yield Running(
            "Mirroring",
            run.remote_dataset_name or "Dataset",
            reverse("mirror:run", args=[run.pk]),
            files.value if files else run.done,
            files.total if files else run.total,
            f"{'image files ' if files else ''}from {run.source.name}",
        )


def _training(member: Membership) -> Iterator[Running]:
    for run in TrainingRun.objects.visible_to(member).active().select_related("task"):
        yield Running(
            "Training",
            run.task.name,
            reverse("training:run", args=[run.pk]),
            run.step,
            run.steps or None,
            run.message or run.get_state_display(),
        )


def _importing(member: Membership) -> Iterator[Running]:
    imports: QuerySet[ImageImport] = ImageImport.objects.visible_to(member).active()
    waiting = Count("files", filter=Q(files__state=ImportedFile.State.WAITING))
    for image_import in imports.annotate(all_files=Count("files"), waiting_files=waiting):
        yield Running(
            "Importing",
            image_import.dataset.name,
            reverse("imports:detail", args=[image_import.pk]),
            image_import.all_files - image_import.waiting_files,
            None if image_import.is_fetching else image_import.all_files,
            f"downloading from {image_import.host}" if image_import.is_fetching else "",
        )


def _importing_answers(member: Membership) -> Iterator[Running]:
    for one in AnswerImport.objects.visible_to(member).active():
        is_undone = one.state == AnswerImport.State.UNDOING  # what is left would have to be counted
        yield Running(
            one.get_state_display(),
            one.dataset.name,
            reverse("imports:answers", args=[one.pk]),
            0 if is_undone else one.position,
            None if is_undone else one.total,
            f"answers from {one.name}",
        )


def _exporting(member: Membership) -> Iterator[Running]:
    for job in ExportJob.objects.visible_to(member).active().select_related("dataset"):
        yield Running(
            "Exporting",
            job.dataset.name,
            reverse("exports:show", args=[job.pk]),
            job.done,
            job.total,
            f"snapshot {job.snapshot_name}" if job.snapshot_name else job.format,
        )
