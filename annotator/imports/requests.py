"""What the pages of the room read from a request that brings files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from django.http import HttpRequest, JsonResponse

from annotator.errors import BadInput
from annotator.ui.failures import DISK_FULL_ERRNOS
from annotator.ui.texts import UNSTORABLE, is_storable

Receive = Callable[[str, Iterable[bytes]], None]  # path, content
FULL_DISK = "The server's disk is full. Ask its administrator to make space."


def paths_of(request: HttpRequest) -> list[str]:
    """The field `paths`. Raises BadInput when it is not a list of texts."""
    try:
        paths = json.loads(request.POST.get("paths", ""))
    except (ValueError, RecursionError):
        paths = None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise BadInput("`paths` must be a JSON list of texts.")
    if not all(map(is_storable, paths)):
        raise BadInput(UNSTORABLE)
    return paths


def refuse_address(request: HttpRequest, message: str) -> None:
    """Raise BadInput when an address was entered beside files: it would be lost."""
    if request.POST.get("address", "").strip():
        raise BadInput(message)


def receive_files(request: HttpRequest, receive: Receive) -> JsonResponse:
    """Pass each of `files` on, with its path of `paths`. Raises BadInput when their numbers differ."""
    uploads, paths = request.FILES.getlist("files"), paths_of(request)
    if len(paths) != len(uploads):
        raise BadInput(f"{len(paths)} paths came with {len(uploads)} files.")
    try:
        for path, upload in zip(paths, uploads, strict=True):
            receive(path, upload.chunks())
    except OSError as error:
        if error.errno not in DISK_FULL_ERRNOS:
            raise
        return JsonResponse({"detail": FULL_DISK}, status=507)
    return JsonResponse({"received": len(paths)})
