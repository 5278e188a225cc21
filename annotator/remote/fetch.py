"""Every HTTP request of this application to another server is made here."""

from __future__ import annotations

import http.cookiejar
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2

from annotator.errors import (
    InvalidResponse,
    RemoteForbiddenHost,
    RemoteRefused,
    RemoteUnavailable,
)
from annotator.remote.wire import GuardedTransport, call_ends_at

REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one call: seconds, redirects included, and bytes of the decompressed body."""

    connect_seconds: float = 3
    read_seconds: float = 5
    deadline_seconds: float = 30
    max_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True)
class RemoteResponse:
    """What came back, after all redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class RemoteStream:
    """A response whose body is read piece by piece, while its call goes on."""

    def __init__(self, response: httpx2.Response, max_bytes: int) -> None:
        self._response = response
        self._max_bytes = max_bytes
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = str(response.url)

    def pieces(self) -> Iterator[bytes]:
        """The body, unpacked. Raises InvalidResponse as soon as it is over the limit, RemoteUnavailable."""
        size = 0
        try:
            for piece in self._response.iter_bytes():
                size += len(piece)
                if size > self._max_bytes:
                    raise InvalidResponse(f"The answer is longer than {self._max_bytes:,} bytes.")
                yield piece
        except httpx2.RequestError as error:
            raise _remote_error(error) from error

    def whole(self) -> RemoteResponse:
        """All of it, in memory."""
        return RemoteResponse(self.status, self.headers, b"".join(self.pieces()))


class TokenAuth(httpx2.Auth):
    """Adds the token when the request is sent, so that it is in no variable, header map or repr of ours."""

    def __init__(self, token: str, scheme: str) -> None:
        self._token = token
        self._scheme = scheme

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"{self._scheme} {self._token}"
        yield request


def parsed_url(url: str) -> httpx2.URL:
    """The URL; RemoteForbiddenHost unless it is http or https, with a host and without a user name."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise RemoteForbiddenHost(
            "This is not a web address. Enter one such as https://host.example."
        ) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise RemoteForbiddenHost("Enter an address that begins with http:// or https://.")
    if parsed.userinfo:
        raise RemoteForbiddenHost("Enter the address without a user name and password.")
    return parsed


def origin_of(url: httpx2.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what the token belongs to."""
    return url.scheme, url.host.lower(), url.port or (443 if url.scheme == "https" else 80)


class Fetcher:
    """Sends requests, and the token only to `token_url`'s scheme, host and port.

    `allow` lists private hosts as "host:port"; `scheme` is the word before the token.
    Close it, or use it in a `with`: it keeps connections open.
    """

    def __init__(
        self,
        *,
        allow: frozenset[str] = frozenset(),
        token_url: str = "",
        token: str = "",
        scheme: str = "Token",
    ) -> None:
        self._auth = TokenAuth(token, scheme) if token else None
        self._token_origin = origin_of(parsed_url(token_url)) if token else None
        no_cookies = http.cookiejar.DefaultCookiePolicy(allowed_domains=[])
        self._client = httpx2.Client(
            transport=GuardedTransport(allow),
            trust_env=False,
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(policy=no_cookies),
            headers={"User-Agent": "annotator", "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def fetch(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        max_redirects: int = 0,
    ) -> RemoteResponse:
        """One request, with its response whole. As `stream`."""
        with self.stream(
            method,
            url,
            content=content,
            headers=headers,
            limits=limits,
            max_redirects=max_redirects,
        ) as response:
            return response.whole()

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        max_redirects: int = 0,
    ) -> Iterator[RemoteStream]:
        """One request, whose response is read in the block.

        Without `max_redirects` a redirect is a response like any other. Each hop is checked like the
        first address. Raises RemoteForbiddenHost before anything is sent, RemoteUnavailable when no
        complete response came in time (`sent`: whether the request may have had an effect),
        InvalidResponse for a response over the size limit.
        """
        limits = limits or Limits()
        ends = call_ends_at.set(time.monotonic() + limits.deadline_seconds)
        try:
            target = parsed_url(url)
            for _ in range(max_redirects + 1):
                with self._sent(method, target, content, headers, limits) as response:
                    location = response.headers.get("location")
                    if max_redirects == 0 or response.status not in REDIRECTS or not location:
                        yield response
                        return
                target = parsed_url(str(target.join(parsed_location(location))))
            raise RemoteRefused(f"More than {max_redirects} redirects.", status=response.status)
        finally:
            call_ends_at.reset(ends)

    @contextmanager
    def _sent(
        self,
        method: str,
        url: httpx2.URL,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        limits: Limits,
    ) -> Iterator[RemoteStream]:
        auth = self._auth if origin_of(url) == self._token_origin else None
        timeout = httpx2.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        try:
            with self._client.stream(
                method, url, content=content, headers=headers, timeout=timeout, auth=auth
            ) as response:
                yield RemoteStream(response, limits.max_bytes)
        except httpx2.RequestError as error:
            raise _remote_error(error) from error


def parsed_location(location: str) -> httpx2.URL:
    """The target of a redirect, which may be relative."""
    try:
        return httpx2.URL(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise RemoteForbiddenHost("A redirect leads to no web address.") from error


def _remote_error(error: httpx2.RequestError) -> RemoteUnavailable:
    """The library's error as one of ours, which tells whether and when to retry."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return RemoteUnavailable("The server's certificate cannot be trusted.", sent=False)
    if isinstance(error, httpx2.DecodingError):
        return InvalidResponse("The answer cannot be decompressed.")
    if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError | httpx2.PoolTimeout):
        return RemoteUnavailable("No connection to the server.", sent=False)
    if isinstance(error, httpx2.TimeoutException):
        return RemoteUnavailable("The server did not answer in time.")
    return RemoteUnavailable("The connection broke before the whole answer came.")
