"""Checks that everything was read, and removes what the remote no longer has.

A sample is removed only when two complete passes in a row did not list it and a request by its id is answered
with 404. When too many are missing at once, an admin must confirm it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotator.datasets.models import Sample
from annotator.errors import RemoteRefused
from annotator.mirror.checkpoints import checkpoint
from annotator.mirror.models import MirrorRun
from annotator.mirror.report import add_to
from annotator.mirror.steps.samples import in_parallel
from annotator.push.actions import park_gone
from annotator.remote.client import RemoteClient

Stage = MirrorRun.Stage
MAX_PASSES = 3
MAX_MISSING = 20  # samples that are removed without an admin's confirmation
MAX_MISSING_SHARE = 0.1  # the same, in a large dataset
CHECKED_PER_STEP = 96  # samples asked for by their id


def step(run: MirrorRun, client: RemoteClient) -> None:
    """Check the pass; begin another one, or remove what is gone and continue with the tasks."""
    if not _is_complete(run):
        _again_or_incomplete(run)
        return
    missing = _missing(run)
    number = missing.count()
    known = _ours(run).filter(remote_gone_at=None).count()
    limit = max(MAX_MISSING, MAX_MISSING_SHARE * known)
    if number > limit and not run.position.get("confirm_removals"):
        _skip_removal(
            run,
            f"{number} of {known} samples are missing on the remote, which may be an error. Nothing was "
            "removed here. If they were really deleted there, choose “Remove them here, too”.",
            gaps=number,
        )
        return
    _remove_gone(run, client, missing)


def _is_complete(run: MirrorRun) -> bool:
    seen = _ours(run).filter(remote_seen_at=_pass_at(run)).count()
    position = run.position
    return bool(position["first_count"] == position["count"] == seen)


def _again_or_incomplete(run: MirrorRun) -> None:
    number = run.position["pass"]
    if number >= MAX_PASSES:
        _skip_removal(
            run,
            f"The remote's list changed while it was read, {MAX_PASSES} times. Mirror it again later.",
        )
        return
    kept = {name: run.position[name] for name in ("confirm_removals",) if name in run.position}
    position = kept | {"pass": number + 1, "pass_at": timezone.now().isoformat()}
    checkpoint(run, stage=Stage.SAMPLES, position=position, done=0)


def _skip_removal(run: MirrorRun, reason: str, **more: Any) -> None:
    """Remove nothing; the rest of the run continues."""
    report = run.report | {"incomplete": reason} | more
    checkpoint(run, stage=Stage.TASKS, report=report)


def _remove_gone(run: MirrorRun, client: RemoteClient, missing: QuerySet[Sample]) -> None:
    """One step's worth of what was missing before as well; the pass is complete when none is left."""
    before = _complete_before(run)
    twice = missing.none()
    if before is not None:
        twice = missing.filter(Q(remote_seen_at=None) | Q(remote_seen_at__lt=before))
    after = run.position.get("asked_to")
    rows = twice.order_by("pk") if after is None else twice.filter(pk__gt=after).order_by("pk")
    asked = list(rows[:CHECKED_PER_STEP])
    gone = _gone(run, client, asked)
    with transaction.atomic():
        now = timezone.now()
        Sample.objects.filter(pk__in=gone).update(removed_at=now, remote_gone_at=now)
        park_gone(gone)
        report = add_to(run.report, {"gone": len(gone)})
        if len(asked) == CHECKED_PER_STEP:
            position = run.position | {"asked_to": str(asked[-1].pk)}
            checkpoint(run, position=position, report=report)
        else:
            report["complete_pass_at"] = run.position["pass_at"]
            checkpoint(run, stage=Stage.TASKS, report=report)


def _gone(run: MirrorRun, client: RemoteClient, rows: Sequence[Sample]) -> list[Any]:
    def ask(row: Sample) -> Any:
        try:
            client.samples.get(row.remote_key or "")
        except RemoteRefused as error:
            if error.status == 404:
                return row.pk
            raise
        return None

    return [pk for pk in in_parallel(run, ask, rows) if pk is not None]


def _complete_before(run: MirrorRun) -> datetime | None:
    """When the last complete pass before this run began."""
    runs = MirrorRun.objects.filter(source=run.source_id, remote_dataset_id=run.remote_dataset_id)
    earlier = runs.filter(report__complete_pass_at__isnull=False).exclude(pk=run.pk)
    report = earlier.order_by("-created_at").values_list("report", flat=True).first()
    return datetime.fromisoformat(report["complete_pass_at"]) if report else None


def _ours(run: MirrorRun) -> QuerySet[Sample]:
    """The mirrored samples here, those deleted here among them: the remote still counts them."""
    return Sample.objects.filter(dataset=run.dataset_id, remote_key__isnull=False)


def _missing(run: MirrorRun) -> QuerySet[Sample]:
    unseen = ~Q(remote_seen_at=_pass_at(run)) | Q(remote_seen_at=None)
    return _ours(run).filter(unseen, remote_gone_at=None)


def _pass_at(run: MirrorRun) -> datetime:
    return datetime.fromisoformat(run.position["pass_at"])
