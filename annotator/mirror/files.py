"""Fetches the files of mirrored images."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from annotator.connections.actions import client_for, note_available, note_unavailable, pause
from annotator.connections.models import Remote
from annotator.errors import (
    AnnotatorError,
    BadInput,
    RemoteRefused,
    RemoteUnauthorized,
    RemoteUnavailable,
)
from annotator.images.actions import fill_image
from annotator.images.models import Image
from annotator.remote.client import RemoteClient

BATCH = 16
AT_ONCE = 8
HELD = timedelta(seconds=120)  # above the deadline of a call, and the time to store a batch
MAX_ATTEMPTS = 6
WAITS_SECONDS = (5, 30, 120, 600, 3600)


def claim(waiting: QuerySet[Image]) -> list[Image]:
    """Some of these, for this worker alone for a while: another takes only what it can still move."""
    seen = list(waiting.order_by("fetch_after", "pk").distinct()[:BATCH])
    until = timezone.now() + HELD
    mine = []
    for image in seen:
        row = Image.objects.filter(
            pk=image.pk, state=Image.State.PENDING, fetch_after=image.fetch_after
        )
        if row.update(fetch_after=until):
            image.fetch_after = until
            mine.append(image)
    return mine


def fetch_some(remote: Remote) -> int:
    """Fetch one batch of the remote's files, whatever dataset they are of; how many are here now."""
    claimed = claim(Image.objects.awaiting_fetch().filter(remote=remote))
    if not claimed:
        return 0
    try:
        with client_for(remote) as client:
            return fetch_claimed(remote, client, claimed)
    except RemoteUnauthorized as error:
        pause(remote, reason=str(error), by=None)
        return 0


def fetch_claimed(remote: Remote, client: RemoteClient, images: Sequence[Image]) -> int:
    """Fetch these side by side, then store them one by one; how many are here now."""

    def fetch(image: Image) -> bytes | AnnotatorError:
        try:
            return client.download_image(image.source_url, max_bytes=settings.IMAGE_MAX_BYTES)
        except (RemoteUnavailable, RemoteRefused) as error:
            return error

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = list(pool.map(fetch, images))
    stored = 0
    for image, answer in zip(images, answers, strict=True):
        if isinstance(answer, AnnotatorError):
            _failed(remote, image, answer)
            continue
        try:
            fill_image(image, answer)
        except BadInput as error:
            _failed(remote, image, error)
            continue
        stored += 1
    if stored:
        note_available(remote)
    return stored


def _failed(remote: Remote, image: Image, error: AnnotatorError) -> None:
    """Try again later, or say that there is no file. What is no picture will not become one."""
    now = timezone.now()
    fields: dict[str, Any] = {"fetch_error": str(error)[:500]}
    if isinstance(error, RemoteUnavailable) and not error.sent:
        # Nobody is there at all, which says nothing about this file.
        note_unavailable(remote, error)
        fields |= {"fetch_after": now + timedelta(seconds=WAITS_SECONDS[0])}
    elif isinstance(error, BadInput) or image.fetch_attempts + 1 >= MAX_ATTEMPTS:
        fields |= {"state": Image.State.MISSING, "fetch_after": None}
    else:
        wait = WAITS_SECONDS[min(image.fetch_attempts, len(WAITS_SECONDS) - 1)]
        fields |= {
            "fetch_attempts": F("fetch_attempts") + 1,
            "fetch_after": now + timedelta(seconds=wait),
        }
    Image.objects.filter(pk=image.pk, state=Image.State.PENDING).update(**fields)
