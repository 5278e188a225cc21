"""Uploads of many pictures in one call: two are decoded at a time, and all rows are written together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.accounts.audit import record
from annotator.accounts.models import User, Workspace
from annotator.errors import BadInput
from annotator.images import files
from annotator.images.actions import apply_file, clean_file_name, clean_path, file_columns
from annotator.images.models import Image
from annotator.images.reading import digest, read_picture

AT_A_TIME = 2  # as many as `read_picture` lets through


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One picture of many. `read` returns its bytes, each time anew: none are kept in memory.

    `is_alone`: nothing else is decoded meanwhile (`images.ahead`), as it may be what ended a worker.
    """

    read: Callable[[], bytes]
    name: str = ""
    test_image: bool = False
    meta_data: dict[str, Any] = field(default_factory=dict)
    is_alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The image that a picture became, and whether it was there before."""

    image: Image
    exists: bool


def store_images(
    workspace: Workspace, uploads: Sequence[Upload], *, by: User
) -> list[Stored | BadInput]:
    """`store_image` for many: the result of each, in order. An invalid one stops no other.

    Files first, rows after, as there. Memory holds at most AT_A_TIME pictures.
    """
    digests = [digest(upload.read()) for upload in uploads]
    known = _known(workspace, digests)
    intact = {sha for sha, image in known.items() if files.is_kept(image)}
    fresh: dict[str, Upload] = {}
    for sha, upload in zip(digests, uploads, strict=True):
        if sha not in intact:
            fresh.setdefault(sha, upload)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        read = dict(zip(fresh, pool.map(_store_file, fresh.values()), strict=True))
    images, new = _write(workspace, fresh, read, known, by=by)
    results: list[Stored | BadInput] = []
    for sha in digests:
        columns = read.get(sha)
        if isinstance(columns, BadInput):
            results.append(columns)
        else:
            results.append(Stored(image=images[sha], exists=sha not in new))
            new.discard(sha)  # the next is the same picture again
    return results


def _known(workspace: Workspace, digests: Any) -> dict[str, Image]:
    """Images of the workspace by the digest of what was sent."""
    rows = Image.objects.filter(
        workspace=workspace, source_sha256__in=set(digests), remote_key=None
    )
    return {row.source_sha256: row for row in rows}


def _store_file(upload: Upload) -> dict[str, Any] | BadInput:
    """Store the picture's files; returns the image's columns. Runs in a thread without a database."""
    try:
        picture = read_picture(upload.read())
    except BadInput as error:
        return error
    files.store(picture)
    return file_columns(picture)


@transaction.atomic
def _write(
    workspace: Workspace,
    uploads: dict[str, Upload],
    read: dict[str, dict[str, Any] | BadInput],
    known: dict[str, Image],
    *,
    by: User,
) -> tuple[dict[str, Image], set[str]]:
    """(all rows by digest, the digests of the new ones). A row that another call wrote meanwhile stays."""
    now = timezone.now()
    made: dict[str, Image] = {}
    for sha, columns in read.items():
        if isinstance(columns, BadInput):
            continue
        if sha in known:  # its file was lost
            apply_file(known[sha], columns)
            continue
        upload = uploads[sha]
        made[sha] = Image(
            workspace=workspace,
            name=clean_file_name(upload.name),
            path=clean_path(upload.name),
            test_image=upload.test_image,
            meta_data=upload.meta_data,
            # One microsecond apart, so that the order of the list stays that of the call.
            created_at=now + timedelta(microseconds=len(made)),
            **columns,
        )
    if not made:
        return known, set()
    Image.objects.bulk_create(made.values(), batch_size=200, ignore_conflicts=True)
    record("image.upload", workspace=workspace, by=by, count=len(made))
    written = _known(workspace, made)
    return known | written, {sha for sha in made if written[sha].pk == made[sha].pk}
