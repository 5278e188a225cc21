"""Fetches the files of mirrored images."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
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
HELD = timedelta(seconds=120)  # above the deadline of a call and the time to read one picture
MAX_ATTEMPTS = 12  # over about an hour
FIRST_WAIT_SECONDS = 5.0


def claim(waiting: QuerySet[Image]) -> list[Image]:
    """Some of these, for this worker alone for a while: another one skips what it cannot postpone itself."""
    images = list(waiting.order_by("fetch_after", "pk").distinct()[:BATCH])
    until = timezone.now() + HELD
    claimed = []
    for image in images:
        row = _held(image)
        if image.fetch_attempts >= MAX_ATTEMPTS:
            error = image.fetch_error or "The worker stopped unexpectedly each time it was read."
            row.update(state=Image.State.MISSING, fetch_after=None, fetch_error=error)
        elif row.update(fetch_after=until):
            image.fetch_after = until
            claimed.append(image)
    return claimed


def _held(image: Image) -> QuerySet[Image]:
    """Its row, unless another worker has it by now."""
    return Image.objects.filter(
        pk=image.pk, state=Image.State.PENDING, fetch_after=image.fetch_after
    )


def _count_attempt(image: Image) -> bool:
    """Count an attempt for this picture alone, and hold it anew; False when another worker has it.

    It is counted before the picture is read, so that one that stops its worker is not read for ever; of the
    others of its batch none is counted.
    """
    until = timezone.now() + HELD
    counted = _held(image).update(fetch_after=until, fetch_attempts=F("fetch_attempts") + 1)
    image.fetch_after = until
    image.fetch_attempts += 1
    return bool(counted)


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


def fetch_claimed(
    remote: Remote,
    client: RemoteClient,
    images: Sequence[Image],
    *,
    before_each: Callable[[], object] = lambda: None,
) -> int:
    """Fetch these side by side, and store them one by one; how many are here now.

    `before_each` is called before each is stored; what it raises ends the batch.
    """
    stored = 0
    for image, result in _fetched(client, images):
        before_each()
        if not _count_attempt(image):
            continue
        if isinstance(result, AnnotatorError):
            _failed(remote, image, result)
            continue
        try:
            fill_image(image, result)
        except BadInput as error:
            _failed(remote, image, error)
            continue
        except OSError:  # a full disk is not the fault of the file
            _held(image).update(fetch_attempts=F("fetch_attempts") - 1)
            raise
        stored += 1
    if stored:
        note_available(remote)
    return stored


def _fetched(
    client: RemoteClient, images: Sequence[Image]
) -> Iterator[tuple[Image, bytes | AnnotatorError]]:
    """Each with its file or why there is none; PARALLEL_CALLS files at most are in memory."""

    def fetch(image: Image) -> bytes | AnnotatorError:
        try:
            return client.download_image(image.source_url, max_bytes=settings.IMAGE_MAX_BYTES)
        except (RemoteUnavailable, RemoteRefused) as error:
            return error

    waiting = iter(images)
    with ThreadPoolExecutor(max_workers=PARALLEL_CALLS) as pool:
        ahead = deque(
            (image, pool.submit(fetch, image)) for image in islice(waiting, PARALLEL_CALLS)
        )
        while ahead:
            image, future = ahead.popleft()
            yield image, future.result()
            ahead.extend((image, pool.submit(fetch, image)) for image in islice(waiting, 1))


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
    _held(image).update(**fields)
