"""Stores pictures in order, while the next ones are decoded in other threads: Pillow works without the GIL.

What takes the database stays in the caller's thread. Memory holds as many pictures as there are threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from annotator.accounts.models import Workspace
from annotator.errors import BadInput
from annotator.images import files
from annotator.images.actions import (
    StoredFile,
    file_columns,
    make_stored_image,
    uploaded_before,
)
from annotator.images.loading import Stored, Upload
from annotator.images.models import Image
from annotator.images.reading import digest, read_picture

Read = tuple[
    dict[str, Any], str
]  # columns of the image, what a person should know about how it was read


@dataclass(frozen=True)
class Begun:
    """A picture on its way: the result, or what gives it and the image whose lost file it is."""

    upload: Upload
    result: Stored | BadInput | None = None
    reading: Future[Read] | None = None
    known: Image | None = None


def store_ahead(
    workspace: Workspace, uploads: Iterable[Upload], *, threads: int
) -> Iterator[Stored | BadInput]:
    """`store_image` for many: the result of each, in order; up to `threads` are decoded beyond it.

    One that is `alone` is decoded when nothing else is. Raises OSError for one that can't be stored.
    """
    begun: deque[Begun] = deque()
    with ThreadPoolExecutor(threads, "picture") as pool:
        for upload in uploads:
            while begun and (upload.is_alone or len(begun) >= threads):
                yield _end(workspace, begun.popleft())
            begun.append(_begin(workspace, upload, pool, threads))
            if upload.is_alone:
                yield _end(workspace, begun.popleft())
        while begun:
            yield _end(workspace, begun.popleft())


def _begin(workspace: Workspace, upload: Upload, pool: ThreadPoolExecutor, threads: int) -> Begun:
    try:
        data = upload.read()
    except BadInput as refusal:
        return Begun(upload, result=refusal)
    known = uploaded_before(workspace, digest(data))
    if known is not None and files.is_kept(known):
        return Begun(upload, result=Stored(image=known, exists=True))
    return Begun(upload, reading=pool.submit(_read, data, threads), known=known)


def _read(data: bytes, threads: int) -> Read:
    """In another thread, without a database."""
    picture = read_picture(data, at_a_time=threads)
    files.store(picture)
    return file_columns(picture), picture.note


def _end(workspace: Workspace, begun: Begun) -> Stored | BadInput:
    if begun.reading is None:
        assert begun.result is not None
        return begun.result
    try:
        columns, note = begun.reading.result()
    except BadInput as refusal:
        return refusal
    file = StoredFile(begun.known, columns, note)
    image, is_new = make_stored_image(workspace, file, name=begun.upload.name, by=None)
    return Stored(image=image, exists=not is_new)
