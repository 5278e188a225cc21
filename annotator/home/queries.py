"""What the start page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.accounts.permissions import Action, may
from annotator.annotation.models import AnswerCount
from annotator.annotation.queries import FiguresByDataset, Waiting
from annotator.datasets.models import Dataset
from annotator.datasets.queries import DatasetCard, dataset_cards
from annotator.imports.models import ImageImport, ImportedFile
from annotator.mirror.models import MirrorRun
from annotator.mirror.queries import files_progress, images_of
from annotator.push.models import Delivery
from annotator.review.queries import waiting
from annotator.training.models import TrainingRun
from annotator.ui.charts import Spark, sparkline

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
    return dataset_cards(datasets[:SHOWN])


def next_to_label(shown: Iterable[DatasetCard], left: dict[UUID, dict[str, int]]) -> Waiting | None:
    """Where to continue: first where something was returned, then where most is left."""
    waiting = [
        Waiting(card.dataset, **left[card.dataset.pk]) for card in shown if card.dataset.pk in left
    ]
    return max(waiting, key=lambda each: (each.returned > 0, each.left), default=None)


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
    rows = (
        Delivery.objects.visible_to(member).order_by().values("state").annotate(number=Count("pk"))
    )
    counts = dict.fromkeys(Delivery.State.values, 0)
    counts |= {row["state"]: row["number"] for row in rows}
    return {
        **counts,
        "need_a_look": counts[Delivery.State.PARKED] + counts[Delivery.State.CONFLICT],
    }


def running(member: Membership) -> list[Running]:
    """The long jobs that go on now, for those who may see them."""
    if not may(member, Action.SEE_SYNC):
        return []
    return [*_mirroring(member), *_training(member), *_importing(member)]


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
    imports: QuerySet[ImageImport] = ImageImport.objects.visible_to(member)
    imports = imports.filter(state=ImageImport.State.RUNNING)
    waiting = Count("files", filter=Q(files__state=ImportedFile.State.WAITING))
    for image_import in imports.select_related("dataset").annotate(
        all_files=Count("files"), waiting_files=waiting
    ):
        yield Running(
            "Importing",
            image_import.dataset.name,
            reverse("imports:detail", args=[image_import.pk]),
            image_import.all_files - image_import.waiting_files,
            image_import.all_files,
        )
