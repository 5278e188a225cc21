"""Celery entry points: a run, the image files of a remote, and the sweep that finds what no worker holds."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, OuterRef

from annotator.connections.models import Remote
from annotator.images.models import Image
from annotator.mirror import actions, checkpoints
from annotator.mirror.files import fetch_some
from annotator.mirror.models import MirrorRun


@shared_task
def run_steps(run_id: Any) -> None:
    """Work on a run for a while. Idempotent."""
    if actions.run_steps(run_id):
        run_steps.apply_async((str(run_id),))


@shared_task
def fetch_images(remote_id: Any) -> None:
    """Fetch image files of one remote whose time has come. Idempotent."""
    remote = Remote.objects.reachable().filter(pk=remote_id).first()
    if remote is not None:
        fetch_some(remote)


@shared_task
def sweep() -> None:
    """Enqueue runs whose worker was lost or whose wait is over, and images to be retried."""
    checkpoints.end_exhausted()
    expires = 3 * settings.SWEEP_SECONDS
    for run_id in MirrorRun.objects.due().values_list("pk", flat=True)[:20]:
        run_steps.apply_async((str(run_id),), expires=expires)
    waiting = Image.objects.awaiting_fetch().filter(remote=OuterRef("pk"))
    remotes = Remote.objects.reachable().filter(Exists(waiting)).order_by("pk")
    for remote_id in remotes.values_list("pk", flat=True)[:20]:
        fetch_images.apply_async((str(remote_id),), expires=expires)
