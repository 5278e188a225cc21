"""What people do to a run: start, cancel, resume."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.connections.models import Remote
from annotator.datasets.models import Dataset
from annotator.errors import WrongState
from annotator.images.models import Image
from annotator.mirror.models import MirrorRun

State = MirrorRun.State


@transaction.atomic
def start_mirror(
    remote: Remote,
    remote_dataset_id: str,
    by: User | None,
    *,
    name: str = "",
    total: int | None = None,
    confirm_removals: bool = False,
) -> MirrorRun:
    """Begin to bring one dataset here, or return its active run. Enqueue `jobs.run_steps` afterwards.

    `confirm_removals`: an admin says that many samples are really gone on the remote.
    """
    active = MirrorRun.objects.filter(source=remote, remote_dataset_id=remote_dataset_id).active()
    try:
        with transaction.atomic():
            run = MirrorRun.objects.create(
                source=remote,
                remote_dataset_id=remote_dataset_id,
                remote_dataset_name=name[: Dataset.NAME_LENGTH],
                total=total,
                position={"confirm_removals": True} if confirm_removals else {},
                started_by=by,
            )
    except IntegrityError:
        return active.get()
    audit.record(
        "mirror.start",
        workspace=remote.workspace,
        by=by,
        target=run,
        confirm_removals=confirm_removals,
    )
    return run


@transaction.atomic
def cancel(run: MirrorRun, *, by: User | None) -> None:
    """End the run; what is here stays. Its worker notices at its next checkpoint."""
    now = timezone.now()
    ended = (
        MirrorRun.objects.filter(pk=run.pk)
        .active()
        .update(
            state=State.CANCELLED,
            cancel_requested_at=now,
            ended_at=now,
            lease_id=None,
            leased_until=None,
        )
    )
    if ended:
        audit.record("mirror.cancel", workspace=run.source.workspace, by=by, target=run)


@transaction.atomic
def resume(run: MirrorRun, *, by: User | None) -> None:
    """Continue where a cancelled or failed run stopped. Enqueue `jobs.run_steps` afterwards.

    Raises WrongState when it has not stopped, or the dataset has another active run.
    """
    stopped = MirrorRun.objects.filter(pk=run.pk, state__in=[State.CANCELLED, State.FAILED])
    try:
        with transaction.atomic():
            resumed = stopped.update(
                state=State.QUEUED,
                attempts=0,
                losses=0,
                error="",
                next_at=timezone.now(),
                ended_at=None,
                cancel_requested_at=None,
            )
    except IntegrityError as error:
        raise WrongState(
            "Another run is mirroring this dataset already. Wait until it ends, or cancel it first."
        ) from error
    if not resumed:
        raise WrongState("Only a run that was cancelled or failed can be resumed.")
    audit.record("mirror.resume", workspace=run.source.workspace, by=by, target=run)


@transaction.atomic
def retry_images(run: MirrorRun, *, by: User | None) -> int:
    """Retry the dataset's missing image files; how many. Enqueue `jobs.fetch_images` afterwards."""
    missing = Image.objects.filter(
        remote=run.source_id, samples__dataset=run.dataset_id, state=Image.State.MISSING
    ).exclude(source_url="")
    again = Image.objects.filter(pk__in=list(missing.values_list("pk", flat=True).distinct()))
    number = again.update(
        state=Image.State.PENDING, fetch_attempts=0, fetch_after=None, fetch_error=""
    )
    audit.record("mirror.retry_images", workspace=run.source.workspace, by=by, target=run)
    return number
