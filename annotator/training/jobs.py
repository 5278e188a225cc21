"""The jobs of the room."""

from __future__ import annotations

import uuid
from datetime import timedelta

from celery import shared_task
from django.db.models import F, Q
from django.utils import timezone

from annotator.queueing import enqueue_on_commit
from annotator.training import remote_runs, supervisor
from annotator.training.models import TrainingRun

LOST_AFTER = timedelta(seconds=60)  # without a heartbeat
MOST_ATTEMPTS = 3


# Early acknowledgement: a long job would be given to a second worker after the visibility timeout.
@shared_task(acks_late=False, reject_on_worker_lost=False, time_limit=None, soft_time_limit=None)
def train(run_id: str) -> None:
    """Do one local run, if it waits for a worker. Idempotent."""
    lease = uuid.uuid4()
    waiting = Q(state=TrainingRun.State.QUEUED) | Q(heartbeat_at__lt=timezone.now() - LOST_AFTER)
    mine = TrainingRun.objects.active().filter(waiting, pk=run_id).local()
    if not mine.update(lease_id=lease, heartbeat_at=timezone.now(), attempts=F("attempts") + 1):
        return
    supervisor.supervise(TrainingRun.objects.select_related("task__workspace").get(pk=run_id))


@shared_task
def request_remote(run_id: str) -> None:
    """Start the training of a mirrored task on its remote. Idempotent."""
    run = TrainingRun.objects.select_related("task__remote").filter(pk=run_id).first()
    if run is not None:
        remote_runs.request(run)


@shared_task
def poll_remote(run_id: str) -> None:
    """Check whether a training on a remote has ended."""
    run = TrainingRun.objects.active().select_related("task__remote").filter(pk=run_id).first()
    if run is not None:
        remote_runs.poll(run)


def enqueue_run(run: TrainingRun) -> None:
    """Enqueue a requested run once its transaction is committed; the sweep finds what was lost."""
    enqueue_on_commit(request_remote if run.is_remote else train, str(run.pk))


@shared_task
def sweep() -> None:
    """Enqueue the runs that wait, whose worker died, or whose remote has to be polled."""
    now = timezone.now()
    active = TrainingRun.objects.active()
    local = active.local()
    lost = local.filter(heartbeat_at__lt=now - LOST_AFTER)
    lost.filter(cancel_requested_at__isnull=False).update(
        state=TrainingRun.State.CANCELLED, ended_at=now
    )
    lost.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=TrainingRun.State.FAILED, ended_at=now, error="Its worker died three times."
    )
    for run in local.filter(Q(state=TrainingRun.State.QUEUED) | Q(pk__in=lost.values("pk"))):
        enqueue_on_commit(train, str(run.pk))
    remote = active.remote()
    for run in remote.filter(state=TrainingRun.State.REQUESTED, sent_at=None):
        enqueue_on_commit(request_remote, str(run.pk))
    for run in remote.filter(
        Q(next_poll_at=None) | Q(next_poll_at__lte=now), sent_at__isnull=False
    ):
        enqueue_on_commit(poll_remote, str(run.pk))
