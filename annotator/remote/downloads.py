"""Brings a file by its address to the disk, part by part, so that an interrupted download goes on."""

from __future__ import annotations

import mimetypes
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from annotator.errors import BadInput, RemoteError, RemoteRefused, RemoteUnavailable
from annotator.remote.fetch import Fetcher, Limits, RemoteResponse, RemoteStream
from annotator.remote.responses import check

MAX_REDIRECTS = 4
WHOLE_SECONDS = 40.0  # for what a server gives only as a whole: below the time limit of a job
REPORT_SECONDS = 1.0
VALIDATOR_LENGTH = 200  # characters that are kept of it
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
WEB_PAGES = {"text/html", "application/xhtml+xml"}


@dataclass(frozen=True)
class Part:
    """What is there of a file. `validator` says of which version of it; without one it is read anew."""

    size_bytes: int = 0
    total_bytes: int | None = None  # None: the server does not say
    validator: str = ""  # a strong ETag, or the time of the last change
    name: str = ""  # of the file; empty before the server was asked

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        return self.size_bytes == self.total_bytes


Report = Callable[[Part], None]


def download(
    fetcher: Fetcher,
    url: str,
    path: Path,
    part: Part,
    *,
    max_bytes: int,
    seconds: float,
    report: Report,
) -> Part:
    """Append to `path` what follows `part`, for about so many seconds where the server can go on later.

    `report` is called every REPORT_SECONDS and at the end. Raises BadInput for what is too large or a web
    page, RemoteError when the server refuses or fails; then what came so far is at `path`, as reported last.
    """
    size = min(part.size_bytes, path.stat().st_size) if path.exists() else 0
    part = replace(part, size_bytes=size)
    if part.is_whole:
        return part
    limits = Limits(
        read_seconds=20,
        deadline_seconds=max(seconds, WHOLE_SECONDS),
        max_bytes=2 * max_bytes,  # `_grown` counts all parts, and says it better
    )
    with fetcher.stream(
        "GET", url, headers=_headers(part), limits=limits, max_redirects=MAX_REDIRECTS
    ) as response:
        check_file(response)
        if _is_of_another(response, part):
            report(Part(name=part.name))
            raise RemoteUnavailable("The file changed while it came.")
        part = _begun(response, part, max_bytes=max_bytes)
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(part.size_bytes)
            file.seek(part.size_bytes)
            part = _append(
                response, file, part, max_bytes=max_bytes, seconds=seconds, report=report
            )
    return part


def _headers(part: Part) -> dict[str, str]:
    """Asks for what follows `part`, of the same version; for the whole file where no version is known."""
    whole = {"Accept-Encoding": "identity"}
    if not part.size_bytes or not part.validator:
        return whole
    return whole | {"Range": f"bytes={part.size_bytes}-", "If-Range": part.validator}


def _append(
    response: RemoteStream,
    file: BinaryIO,
    part: Part,
    *,
    max_bytes: int,
    seconds: float,
    report: Report,
) -> Part:
    """Write the response's body. What is reported lies on the disk."""
    began = reported_at = time.monotonic()
    try:
        for piece in response.pieces():
            file.write(piece)
            part = _grown(part, len(piece), max_bytes=max_bytes)
            now = time.monotonic()
            if now - reported_at >= REPORT_SECONDS:
                _report(file, part, report)
                reported_at = now
            if part.validator and now - began >= seconds:
                break
        else:
            if part.total_bytes is not None and part.size_bytes != part.total_bytes:
                raise RemoteUnavailable("The connection broke before the whole file came.")
            part = replace(part, total_bytes=part.size_bytes)
    except RemoteError:
        _report(file, part, report)
        raise
    _report(file, part, report)
    return part


def _report(file: BinaryIO, part: Part, report: Report) -> None:
    file.flush()
    os.fsync(file.fileno())
    report(part)


def check_file(response: RemoteStream | RemoteResponse) -> None:
    """Raise the RemoteError of a status that is no success, BadInput for a web page; its text is not read."""
    if response.status in {401, 403}:
        raise RemoteRefused(
            f"The server gives this file to nobody who is not signed in there (status {response.status})."
            " Download it and send the file.",
            status=response.status,
        )
    if response.status in {404, 410}:
        raise RemoteRefused(
            f"There is no file at this address (status {response.status}).", status=response.status
        )
    check(RemoteResponse(response.status, response.headers, b""))
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in WEB_PAGES:
        raise BadInput(
            "The address leads to a web page, not to a file. Enter the address of the download itself."
        )


def _is_of_another(response: RemoteStream, part: Part) -> bool:
    """Whether a part came of another version of the file: not every server heeds If-Range."""
    header = "etag" if part.validator.startswith('"') else "last-modified"
    said = response.headers.get(header, part.validator)
    return response.status == 206 and said[:VALIDATOR_LENGTH] != part.validator


def _begun(response: RemoteStream, part: Part, *, max_bytes: int) -> Part:
    """What is there when the response begins: nothing, unless it goes on where `part` ends."""
    name = part.name or name_of(response.url, response.headers)
    span = CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if response.status == 206 and span and int(span[1]) == part.size_bytes:
        total = part.total_bytes if span[2] == "*" else int(span[2])
        return replace(part, total_bytes=total, name=name)
    if response.status == 206:
        raise RemoteUnavailable("The server sent another part of the file than it was asked for.")
    length = response.headers.get("content-length", "")
    is_packed = response.headers.get("content-encoding", "identity") != "identity"
    total = int(length) if length.isdigit() and not is_packed else None
    started = Part(0, total, "" if is_packed else _validator(response.headers), name)
    _grown(started, total or 0, max_bytes=max_bytes)
    return started


def _grown(part: Part, by: int, *, max_bytes: int) -> Part:
    """Raises BadInput for a file that is too large."""
    size = part.size_bytes + by
    if size > max_bytes:
        raise BadInput(
            f"The file is larger than {max_bytes // 1_000_000:,} MB. Split it into parts."
        )
    return replace(part, size_bytes=size)


def _validator(headers: Mapping[str, str]) -> str:
    """What must be the same for a part to be continued; empty where the server sends no parts."""
    if headers.get("accept-ranges", "").lower() != "bytes":
        return ""
    tag = headers.get("etag", "")
    strong = tag if tag.startswith('"') else ""
    return (strong or headers.get("last-modified", ""))[:VALIDATOR_LENGTH]


def name_of(url: str, headers: Mapping[str, str]) -> str:
    """The file's name: as the server says, else the last part of the address; its ending by its type."""
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    said = message.get_filename() or ""
    path = unquote(urlsplit(url).path)
    name = (said or path).replace("\\", "/").rstrip("/").rpartition("/")[2][:200] or "download"
    if Path(name).suffix:
        return name
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_told = kind not in {"application/octet-stream", "text/plain"}
    return name + ((mimetypes.guess_extension(kind) or "") if is_told else "")
