"""Which status and which words belong to an error: said once, for pages and for the API.

    AnnotatorError and a few of Django's errors that are expected    → 400, 403, 409, 502
    a database that is locked, too slow, restarting or out of reach  → 503, try again soon
    object storage that refuses or does not answer                   → 503, try again soon
    a disk or a bucket that takes nothing more                       → 507, an admin makes room

Everything else is a bug, and stays a 500.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.db.models import ProtectedError
from django.http import UnreadablePostError

from annotator.errors import (
    AnnotatorError,
    BadInput,
    NotPermitted,
    RemoteError,
    StorageFull,
    StorageUnavailable,
    WrongState,
)

STATUS_OF: dict[type[Exception], int] = {
    NotPermitted: 403,
    WrongState: 409,
    BadInput: 400,
    RemoteError: 502,
    ProtectedError: 409,
    SuspiciousOperation: 400,
    UnreadablePostError: 400,
}
DETAIL_OF: dict[type[Exception], str] = {
    ProtectedError: "It is in use.",
    SuspiciousOperation: "The request cannot be read.",
    UnreadablePostError: "The request ended before its body did.",
}
RETRY_AFTER_SECONDS = 2  # a lock is seldom held longer
# No space, over the quota, over the longest file that is allowed.
DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
POSTGRES_DISK_FULL = "53100"  # PostgreSQL's codes: its manual, appendix A
POSTGRES_BUSY = {"08", "40", "53", "55", "57"}  # connection, rollback, resources, locks, operator


@dataclass(frozen=True)
class Failure:
    """What a caller is told: `retry_after_seconds` where the same request may succeed soon, else None."""

    status: int
    detail: str
    retry_after_seconds: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Retry-After, if any."""
        seconds = self.retry_after_seconds
        return {} if seconds is None else {"Retry-After": str(seconds)}


DISK_FULL = Failure(507, "The disk is full. Nothing was stored.")
DISK_FAILS = Failure(507, "The disk cannot be written: it is full or damaged. Nothing was stored.")
STORAGE_FULL = Failure(507, "The object storage is full. Nothing was stored.")
STORAGE_SECONDS = 10  # that an outage of the object storage lasts at least
STORAGE_UNAVAILABLE = Failure(
    503, "The object storage does not answer. Try again soon.", STORAGE_SECONDS
)
BUSY = Failure(503, "The database is busy. Try again soon.", RETRY_AFTER_SECONDS)


def expected_failure(error: BaseException) -> Failure | None:
    """The failure of an error that the caller or the row's state explains; None for any other."""
    for error_class, status in STATUS_OF.items():
        if isinstance(error, error_class):
            own = isinstance(error, AnnotatorError)
            return Failure(status, str(error) if own else DETAIL_OF[error_class])
    return None


def unavailable_failure(error: BaseException) -> Failure | None:
    """What a disk, the object storage or the database cannot do now; None for any other error."""
    if isinstance(error, StorageFull):
        return STORAGE_FULL
    if isinstance(error, StorageUnavailable):
        return STORAGE_UNAVAILABLE
    if isinstance(error, OSError):
        return DISK_FULL if error.errno in DISK_FULL_ERRNOS else None
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    return _sqlite_failure(error) if connection.vendor == "sqlite" else _postgres_failure(error)


def _sqlite_failure(error: Exception) -> Failure | None:
    text = str(error)
    if "disk is full" in text:
        return DISK_FULL
    if "disk I/O error" in text:
        return DISK_FAILS
    return BUSY if "locked" in text else None


def _postgres_failure(error: Exception) -> Failure | None:
    """By the five characters that PostgreSQL sent; it sends none when the connection breaks."""
    code = getattr(error.__cause__, "sqlstate", None)
    if code == POSTGRES_DISK_FULL:
        return DISK_FULL
    return BUSY if code is None or code[:2] in POSTGRES_BUSY else None
