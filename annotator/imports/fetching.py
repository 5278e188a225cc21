"""Downloads the file of an import that was given an address, chunk by chunk."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from annotator.errors import BadInput, RemoteError, RemoteUnavailable
from annotator.imports import zips
from annotator.imports.models.addresses import FromAddress
from annotator.leases import backoff_seconds
from annotator.remote.downloads import MAX_REDIRECTS, Part, check_file, download
from annotator.remote.fetch import Fetcher, Limits, parsed_url
from annotator.storage.writing import private_folder

TRIES = 4
FIRST_WAIT_SECONDS = 1.0  # at most, doubled after each try
LONGEST_WAIT_SECONDS = 5.0
PICTURE_SECONDS = (
    25.0  # for one: begun as the time of a job's chunk ends, below the limit of the job
)
INCOMING = "incoming.part"  # the file in an import's folder while it comes


def is_address(text: str) -> bool:
    """Whether a command was given an address in place of a file."""
    return text.lower().startswith(("https://", "http://"))


def checked_address(text: str) -> str:
    """The address of a file. Raises BadInput for what is none."""
    try:
        address = str(parsed_url(text.strip()))
    except RemoteError as refusal:
        raise BadInput(str(refusal)) from None
    if len(address) > FromAddress.ADDRESS_LENGTH:
        raise BadInput(f"Shorten the address to {FromAddress.ADDRESS_LENGTH:,} characters.")
    return address


def file_name(address: str) -> str:
    """What a person knows the file by before its server was asked."""
    path = urlsplit(address)
    return unquote(path.path).rstrip("/").rpartition("/")[2] or path.hostname or ""


def fetch(one: FromAddress, folder: Path, *, seconds: float) -> Path | None:
    """The file in the folder once all of it is there; None when the time was over before.

    Raises BadInput, in words for a person, when it can't be had, and LeaseLost.
    """
    path = private_folder(folder) / INCOMING
    end = time.monotonic() + seconds
    before = one.part.size_bytes
    with Fetcher(allow=settings.PRIVATE_REMOTES) as fetcher:
        for attempt in range(TRIES):
            try:
                return path if _go_on(fetcher, one, path, end).is_whole else None
            except RemoteUnavailable as error:
                is_later = time.monotonic() >= end
                if one.part.validator and one.part.size_bytes > before and is_later:
                    return None
                if attempt == TRIES - 1 or is_later:
                    raise BadInput(f"{error} {_advice(one.part)}") from None
                wait = backoff_seconds(
                    attempt,
                    first=FIRST_WAIT_SECONDS,
                    longest=LONGEST_WAIT_SECONDS,
                )
                time.sleep(wait)
            except RemoteError as refusal:
                raise BadInput(str(refusal)) from None
    raise AssertionError("unreachable")


def _go_on(fetcher: Fetcher, one: FromAddress, path: Path, end: float) -> Part:
    return download(
        fetcher,
        one.address,
        path,
        one.part,
        max_bytes=zips.MAX_ZIP_BYTES,
        seconds=max(end - time.monotonic(), 0),
        report=lambda part: one.renew(losses=0, download=asdict(part)),
    )


def _advice(part: Part) -> str:
    if part.size_bytes and not part.validator:
        return "It gives the file only as a whole: download it and send the file."
    return "Import it again later, or download it and send the file."


def fetch_picture(fetcher: Fetcher, address: str) -> bytes:
    """A picture that a row names by its address. Raises BadInput, in words for a person."""
    limits = Limits(
        read_seconds=10, deadline_seconds=PICTURE_SECONDS, max_bytes=settings.IMAGE_MAX_BYTES
    )
    try:
        response = fetcher.fetch("GET", address, limits=limits, max_redirects=MAX_REDIRECTS)
        check_file(response)
    except (RemoteError, BadInput) as error:
        raise BadInput(f"it could not be downloaded. {error}") from error
    return response.body
