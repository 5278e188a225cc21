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
from annotator.leases import LONGEST_WAIT, backoff_seconds
from annotator.remote.client import RemoteClient

BATCH = 16
PARALLEL_CALLS = 8
HELD = timedelta(seconds=120)  # above the deadline of a call, and the time to store a batch
MAX_ATTEMPTS = 12  # over about an hour
FIRST_WAIT_SECONDS = 5.0


def claim(waiting: QuerySet[Image]) -> list[Image]:
    """Some of these, for this worker alone for a while: another one skips what it cannot postpone itself.

    An attempt counts from here on, so that a file that kills its worker is not fetched for ever.
    """
    images = list(waiting.order_by("fetch_after", "pk").distinct()[:BATCH])
    until = timezone.now() + HELD
    claimed = []
    for image in images:
        row = Image.objects.filter(
            pk=image.pk, state=Image.State.PENDING, fetch_after=image.fetch_after
        )
        if image.fetch_attempts >= MAX_ATTEMPTS:
            error = image.fetch_error or "The worker stopped unexpectedly each time it was fetched."
            row.update(state=Image.State.MISSING, fetch_after=None, fetch_error=error)
        elif row.update(fetch_after=until, fetch_attempts=F("fetch_attempts") + 1):
            image.fetch_after = until
            image.fetch_attempts += 1
            claimed.append(image)
    return claimed


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

    with ThreadPoolExecutor(max_workers=PARALLEL_CALLS) as pool:
        results = list(pool.map(fetch, images))
    stored = 0
    for image, result in zip(images, results, strict=True):
        if isinstance(result, AnnotatorError):
            _failed(remote, image, result)
            continue
        try:
            fill_image(image, result)
        except BadInput as error:
            _failed(remote, image, error)
            continue
        stored += 1
    if stored:
        note_available(remote)
    return stored


def _failed(remote: Remote, image: Image, error: AnnotatorError) -> None:
    """Retry later, or note that there is no file. What is not an image now never will be."""
    earlier = image.fetch_attempts - 1
    fields: dict[str, Any] = {"fetch_error": str(error)[:500]}
    if isinstance(error, RemoteUnavailable) and not error.sent:
        # The remote is not there at all, which says nothing about this file.
        note_unavailable(remote, error)
        fields["fetch_attempts"] = F("fetch_attempts") - 1
        earlier = 0
    if isinstance(error, BadInput) or image.fetch_attempts >= MAX_ATTEMPTS:
        fields |= {"state": Image.State.MISSING, "fetch_after": None}
    else:
        longest = LONGEST_WAIT.total_seconds()
        seconds = backoff_seconds(earlier, first=FIRST_WAIT_SECONDS, longest=longest)
        fields["fetch_after"] = timezone.now() + timedelta(seconds=seconds)
    Image.objects.filter(pk=image.pk, state=Image.State.PENDING).update(**fields)
