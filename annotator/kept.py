"""Figures that take long are kept in the cache: reading them takes milliseconds, working them out seconds.

They are kept with what they were made from. While that changes they are worked out anew by a job, and the
pages say as of when they are; what takes no time is worked out at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from django.core.cache import cache
from django.utils import timezone

KEPT_SECONDS = 7 * 24 * 3600
AT_ONCE_SECONDS = 0.2  # what takes longer is done by a job
JOB_SECONDS = 60  # in which one job is enough


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Figures as of a moment; `is_old` when what they were made from has changed since."""

    made_at: datetime
    made_from: str
    seconds: float
    is_old: bool = False


K = TypeVar("K", bound=Kept)


def read_or_make(key: str, made_from: str, make: Callable[[], K]) -> K:
    """What is kept under the key; made anew where that is quick, or for the first time."""
    kept = read(key, made_from)
    if kept is None or (kept.is_old and kept.seconds < AT_ONCE_SECONDS):
        return make()
    return kept


def make_and_keep(
    key: str, kind: type[K], made_from: str, figures: Callable[[], Mapping[str, Any]]
) -> K:
    """Work out the `figures` by name that a `kind` has besides, and keep it with how long that took."""
    made_at, started = timezone.now(), time.perf_counter()
    named = figures()
    seconds = time.perf_counter() - started
    kept = kind(made_at=made_at, made_from=made_from, seconds=seconds, **named)
    cache.set(key, kept, KEPT_SECONDS)
    return kept


def read(key: str, made_from: str) -> Any:
    """What is kept under the key, of whatever age; None without any."""
    kept: Kept | None = cache.get(key)
    if kept is None or kept.made_from == made_from:
        return kept
    return replace(kept, is_old=True)


def needs_job(key: str, kept: Kept | None) -> bool:
    """Whether what was read is to be made by a job, which the caller enqueues: nobody has just done so."""
    return (kept is None or kept.is_old) and bool(cache.add(f"{key}:job", 1, JOB_SECONDS))
