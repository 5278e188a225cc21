"""Stored files by name: the one place where rooms keep and read them, wherever they are.

    originals/ab/cd/<sha256>.jpg   pictures
    exports/<job's id>.zip         exports that a worker wrote

New ones go to the bucket where one is set up (STORAGE=s3), else to the data folder. While files are moved
from one to the other they are read from either. Raises FileNotFoundError for a file that is in neither, and
what `bucket` raises: StorageUnavailable, StorageFull. No call belongs into a transaction: it takes long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from django.conf import settings
from django.core.files.storage import storages

from annotator.storage import folder
from annotator.storage.folder import Entry, Opened, path_of

if TYPE_CHECKING:
    from annotator.storage.bucket import Bucket

T = TypeVar("T")


def has_bucket() -> bool:
    """Whether files may lie in a bucket."""
    return "bucket" in settings.STORAGES


def bucket() -> Bucket:
    """The bucket; only where `has_bucket`. Its libraries are loaded with the first call."""
    return cast("Bucket", storages["bucket"])


def uses_bucket() -> bool:
    """Whether new files go to a bucket."""
    return has_bucket() and settings.STORAGE == "s3"


def save(
    name: str, source: bytes | Path, *, watch: Callable[[int], object] = lambda _: None
) -> None:
    """Keep it for good; it is there when this returns. A path is a file that is flushed: it is moved.

    `watch` is called with the number of bytes that were sent since the last call.
    """
    if not uses_bucket():
        folder.save(name, source)
        return
    bucket().keep(name, source, watch=watch)
    if isinstance(source, Path):
        source.unlink(missing_ok=True)


def renew(name: str, size_bytes: int) -> bool:
    """Make a file of this size young again, so that no sweep takes it; False where it must be saved.

    What is in a bucket is young by being saved again.
    """
    return not uses_bucket() and folder.renew(name, size_bytes)


def exists(name: str) -> bool:
    """Whether it is in either place."""
    if path_of(name).exists():
        return True
    return has_bucket() and (bucket().has(name) or path_of(name).exists())


def opened(name: str) -> Opened:
    """The file, to be read from its beginning and closed."""
    return _either(lambda: folder.opened(name), lambda: bucket().opened(name))


def read(name: str) -> bytes:
    """The whole content of a small file."""
    return _either(lambda: path_of(name).read_bytes(), lambda: bucket().read(name))


def copy_to(name: str, target: Path) -> None:
    """Bring the file to this path of the data folder, where it stays whatever happens to the stored one."""
    _either(lambda: folder.copy_to(name, target), lambda: bucket().download_to(name, target))


def link(name: str, *, content_type: str, disposition: str) -> str:
    """An address at which the bucket itself gives the file to whoever has it, for a short time.

    Empty where the app sends it: without a bucket, by setting, and while it is still in the data folder.
    """
    if not has_bucket() or not settings.S3_LINK_SECONDS or path_of(name).exists():
        return ""
    return bucket().link(name, content_type=content_type, disposition=disposition)


def entries_in_bucket(prefix: str) -> Iterator[Entry]:
    """The files of the bucket whose names begin so; none without a bucket."""
    if has_bucket():
        yield from bucket().entries(prefix)


def remove(name: str) -> None:
    """Delete it in either place; nothing happens where there is none."""
    folder.remove(name)
    if has_bucket():
        bucket().remove(name)


def _either(here: Callable[[], T], there: Callable[[], T]) -> T:
    """From the data folder, else from the bucket; then again from the first: it may just have been moved."""
    try:
        return here()
    except FileNotFoundError:
        if not has_bucket():
            raise
    try:
        return there()
    except FileNotFoundError:
        return here()
