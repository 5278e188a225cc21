"""A cache whose loss is slower, never an error."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class KeptClient(RedisCacheClient):
    """One client of Redis for all calls of a thread: Django makes one for each, as long as a call takes."""

    @cached_property
    def _kept(self) -> Redis:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        """Of the one server that there is."""
        return self._kept


class ForgivingRedisCache(RedisCache):
    """Redis that may be away: a read then misses and a write is dropped, so saving never waits for it."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient

    def _try(self, name: str, lost: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache %s skipped: %s", name, type(error).__name__)
            return lost

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("add", True, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._try("get", default, key, default, version=version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("set", None, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("delete", False, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._try("incr", delta, key, delta, version=version)

    def count(self, key: str, timeout_seconds: int) -> int:
        """One more than the last time, 1 at first; forgotten `timeout_seconds` after. One round trip."""
        name = self.make_and_validate_key(key)
        try:
            calls = self._cache.get_client(name, write=True).pipeline(transaction=False)
            calls.incr(name)
            calls.expire(name, timeout_seconds)
            return int(calls.execute()[0])
        except (RedisError, OSError) as error:
            log.warning("cache count skipped: %s", type(error).__name__)
            return 1

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("get_many", {}, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("set_many", [], *args, **kwargs)
