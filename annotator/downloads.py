"""Sends files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase

from annotator.storage import files
from annotator.storage.folder import Opened

BLOCK_BYTES = 1 << 18
IN_MEMORY_BYTES = 20_000_000  # a picture at the most: no thread waits for who takes it slowly


def file_response(name: str, *, content_type: str, disposition: str) -> HttpResponseBase:
    """The stored file, or a redirect to where a bucket gives it for a short time.

    Raises FileNotFoundError, and what reading a bucket raises.
    """
    if link := files.link(name, content_type=content_type, disposition=disposition):
        return HttpResponseRedirect(link)
    opened = files.opened(name)
    response = _body_of(opened, content_type)
    response["Content-Length"] = str(opened.size_bytes)
    response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _body_of(opened: Opened, content_type: str) -> HttpResponseBase:
    """The server's event loop reads what is on the disk itself; it may wait for nobody else."""
    if opened.is_on_disk:
        return FileResponse(opened.file, content_type=content_type)
    if opened.size_bytes > IN_MEMORY_BYTES:
        return StreamingHttpResponse(_blocks(opened.file), content_type=content_type)
    with opened.file as file:
        return HttpResponse(file.read(), content_type=content_type)


def _blocks(opened: IO[bytes]) -> Iterator[bytes]:
    with opened as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def stored_zip_response(name: str, file_name: str) -> HttpResponseBase:
    """The stored zip under this file name, kept by no cache between. Raises as `file_response`."""
    disposition = attachment(file_name)
    response = file_response(name, content_type="application/zip", disposition=disposition)
    response["Cache-Control"] = "private, no-store"
    return response


def zip_response(path: Path, file_name: str) -> FileResponse:
    """The same of a zip that is always on the disk. Raises OSError when there is none."""
    response = FileResponse(path.open("rb"), content_type="application/zip")
    response["Content-Disposition"] = attachment(file_name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def attachment(file_name: str) -> str:
    """The Content-Disposition of a file that is saved under this name."""
    return f"attachment; filename*=UTF-8''{quote(file_name)}"
