"""The jobs of the room."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from celery import Task, shared_task
from django.db.models import Q
from django.utils import timezone

from annotator.leases import reached
from annotator.queueing import enqueue_on_commit
from annotator.training import job_folders, notices, remote_runs, supervisor
from annotator.training.models import TrainingRun


@contextmanager
def only_one_here() -> Iterator[bool]:
    """Whether this is the one training of this machine, whatever workers it has, until the block ends."""
    folder = job_folders.root()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Machines that share DATA_DIR have a device each.
    with (folder / f".{socket.gethostname()}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


# Early acknowledgement: a long job would be given to a second worker after the visibility timeout.
@shared_task(
    bind=True, acks_late=False, reject_on_worker_lost=False, time_limit=None, soft_time_limit=None
)
def train(self: Task, run_id: str) -> None:
    """Do one local run, if it waits for a worker and this machine does no other. Idempotent."""
    with only_one_here() as is_free:
        if not is_free:
            return  # the sweep enqueues it again
        waiting = TrainingRun.objects.active().local().filter(pk=run_id)
        # Outside of a worker there is no name.
        worker = self.request.hostname or socket.gethostname()
        run = waiting.select_related("task__workspace").take_one(worker=worker)
        if run is not None:
            supervisor.supervise(run)


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
    local.lost().filter(cancel_requested_at__isnull=False).update(
        state=TrainingRun.State.CANCELLED, ended_at=now, lease_id=None, leased_until=None
    )
    local.fail_exhausted()
    for run in local.free().order_by("requested_at"):
        enqueue_on_commit(train, str(run.pk))
    remote = active.remote()
    for run in remote.filter(state=TrainingRun.State.REQUESTED, sent_at=None):
        enqueue_on_commit(request_remote, str(run.pk))
    is_due = Q(next_poll_at=None) | reached("next_poll_at", longest=remote_runs.LONGEST_WAIT)
    for run in remote.filter(is_due, sent_at__isnull=False):
        enqueue_on_commit(poll_remote, str(run.pk))


@shared_task
def tell_of_ended() -> None:
    """Notify of trainings that ended lately. Idempotent."""
    notices.tell_of_ended_runs()
