"""The connection under every outbound call: to checked addresses only, and never past the deadline."""

from __future__ import annotations

import functools
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

from annotator.errors import RemoteForbiddenHost
from annotator.remote.addresses import callable_addresses, is_listed, is_public

WRITE_BYTES = 64 * 1024

# When the current call must be over, by the monotonic clock. A context variable, because a pooled
# connection outlives the call and the thread that opened it.
call_ends_at: ContextVar[float] = ContextVar("call_ends_at")


def _seconds_left(wanted: float | None) -> float:
    left = call_ends_at.get() - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("deadline")
    return left if wanted is None else min(wanted, left)


class GuardedStream(httpcore2.NetworkStream):
    """A connection whose every read and write also ends at the call's deadline.

    The library's own timeouts run per read: a server that sends a byte a second would take for ever.
    """

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _seconds_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_BYTES):
            self.inner.write(buffer[start : start + WRITE_BYTES], _seconds_left(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        inner = self.inner.start_tls(ssl_context, server_hostname, _seconds_left(timeout))
        return GuardedStream(inner)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections: one look-up, every address checked, the peer checked again once connected."""

    def __init__(self, allow: frozenset[str]) -> None:
        self.allow = allow
        self.inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = httpcore2.ConnectError("no address")
        for address in callable_addresses(host, port, self.allow):
            try:
                stream = self.inner.connect_tcp(
                    address, port, _seconds_left(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            self._check_peer(stream, host, port)
            return GuardedStream(stream)
        raise failure

    def _check_peer(self, stream: httpcore2.NetworkStream, host: str, port: int) -> None:
        """Check the address that we are connected to, before anything is sent."""
        peer = stream.get_extra_info("server_addr")[0]
        if not is_public(peer) and not is_listed(host, port, self.allow):
            stream.close()
            raise RemoteForbiddenHost(f"{host}:{port} led to a private network.")


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates, read once: that takes longer than a call."""
    return httpx2.create_ssl_context(trust_env=False)


class GuardedTransport(httpx2.HTTPTransport):
    """HTTP/1.1 over guarded connections; certificates are always verified, proxies never used."""

    def __init__(self, allow: frozenset[str]) -> None:
        super().__init__(verify=_certificates(), trust_env=False)
        # The library offers no argument for the backend of its pool.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=10,
            keepalive_expiry=20,
            network_backend=GuardedBackend(allow),
        )
