"""Brings the files of an offer into BASE_MODELS_DIR: in pieces, so that an interrupted download goes on.

Everything lies in a hidden folder until it is complete and checked; only then it gets the base's name. Our
own guarded client does it: the hub's library neither checks the hosts it is led to nor goes on within a file.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from annotator.errors import BadInput, InvalidResponse, RemoteRefused, RemoteUnavailable
from annotator.leases import backoff_seconds
from annotator.remote.fetch import Fetcher, Limits, RemoteResponse
from annotator.remote.responses import check
from annotator.training.bases import SOURCE
from annotator.training.hub.offer import MAX_REDIRECTS, HubFile, Offer, file_url

PIECE_BYTES = 4 * 1024 * 1024
LIMITS = Limits(read_seconds=30, deadline_seconds=300, max_bytes=PIECE_BYTES)
TRIES = 5
FIRST_WAIT_SECONDS = 2.0  # at most, doubled after each try
LONGEST_WAIT_SECONDS = 60.0  # unless the hub asks for more
ROOM = 1.05  # of the offer's size that the disk must have free

Progress = Callable[[int, int], None]


def partial_folder(offer: Offer) -> Path:
    """Where the files lie until all are there; one per commit."""
    return Path(settings.BASE_MODELS_DIR) / f".{offer.folder}-{offer.commit}.partial"


def is_accepted(offer: Offer) -> bool:
    """Whether the licence of this commit was accepted when an earlier download began."""
    return (partial_folder(offer) / SOURCE).exists()


def accept(offer: Offer, *, by: str) -> None:
    """Note who accepted the licence; it stays with the base."""
    folder = partial_folder(offer)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    note = {
        "repository": offer.repository,
        "revision": offer.commit,
        "licence": offer.licence,
        "accepted_by": by,
        "accepted_at": timezone.now().isoformat(),
    }
    (folder / SOURCE).write_text(json.dumps(note, indent=2))


def download(fetcher: Fetcher, offer: Offer, *, on_progress: Progress) -> Path:
    """Bring all files; the folder of the base. Goes on where an earlier call was interrupted.

    `on_progress` is called with the bytes that are there, and all. Raises BadInput when the licence is not
    accepted, the disk too small or the name taken, RemoteError when the hub fails.
    """
    target = Path(settings.BASE_MODELS_DIR) / offer.folder
    if target.exists():
        raise BadInput(f"{target} is there already: remove it first to have another revision.")
    if not is_accepted(offer):
        raise BadInput("Its licence has not been accepted.")
    folder = partial_folder(offer)
    present = sum(_size(folder / file.name) for file in offer.files)
    needed = (offer.size_bytes - present) * ROOM
    if shutil.disk_usage(folder).free < needed:
        raise BadInput(
            f"It needs {needed / 1e9:.1f} GB more of the disk than are free: make room first."
        )
    for file in offer.files:
        _bring(fetcher, offer, file, folder / file.name, on_progress=on_progress)
    folder.rename(target)
    return target


def _bring(
    fetcher: Fetcher, offer: Offer, file: HubFile, path: Path, *, on_progress: Progress
) -> None:
    """One file, from where it ends. Raises RemoteRefused for one whose content is not the hub's."""
    url = file_url(offer.repository, offer.commit, file.name)
    if _size(path) > file.size_bytes:
        path.unlink()
    with path.open("ab") as target:
        while (start := target.tell()) < file.size_bytes:
            end = min(start + PIECE_BYTES, file.size_bytes) - 1
            target.write(_piece(fetcher, url, start, end))
            target.flush()
            there = sum(_size(path.parent / one.name) for one in offer.files)
            on_progress(there, offer.size_bytes)
    if file.sha256:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != file.sha256:
            path.unlink()
            raise RemoteRefused(
                f"{file.name} arrived damaged and was deleted: start the download again.",
                status=502,
            )


def _piece(fetcher: Fetcher, url: str, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`, both included. A busy or failing hub is asked TRIES times."""
    headers = {"Range": f"bytes={start}-{end}", "Accept-Encoding": "identity"}
    for attempt in range(TRIES):
        try:
            response = fetcher.fetch(
                "GET", url, headers=headers, limits=LIMITS, max_redirects=MAX_REDIRECTS
            )
            return _content(response, start, end)
        except RemoteUnavailable as error:
            if attempt == TRIES - 1:
                advice = "Start the command again later: it goes on from here."
                raise RemoteUnavailable(f"{error} {advice}") from error
            wait = backoff_seconds(
                attempt,
                first=FIRST_WAIT_SECONDS,
                longest=LONGEST_WAIT_SECONDS,
                at_least=error.retry_after_seconds,
            )
            time.sleep(wait)
    raise AssertionError("unreachable")


def _content(response: RemoteResponse, start: int, end: int) -> bytes:
    """The piece; a hub that sends whole files alone is only of use for small ones."""
    check(response)
    if response.status != 206 and not (response.status == 200 and start == 0):
        raise RemoteRefused(
            f"The hub responded with {response.status} to a part of a file.", status=response.status
        )
    if len(response.body) != end - start + 1:
        raise InvalidResponse("The hub sent another number of bytes than it was asked for.")
    return response.body


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
