"""The image files, a few a step. What cannot be fetched now is retried later, without the run."""

from __future__ import annotations

from annotator.images.models import Image
from annotator.mirror.checkpoints import checkpoint
from annotator.mirror.files import claim, fetch_claimed
from annotator.mirror.models import MirrorRun
from annotator.remote.client import RemoteClient


def step(run: MirrorRun, client: RemoteClient) -> None:
    """Fetch some files of this dataset; the run ends when none is due."""
    waiting = Image.objects.awaiting_fetch().filter(
        remote=run.source_id, samples__dataset=run.dataset_id
    )
    claimed = claim(waiting)
    if not claimed:
        checkpoint(run, stage="")
        return
    run.renew()
    fetch_claimed(run.source, client, claimed, before_each=run.renew)
    checkpoint(run)
