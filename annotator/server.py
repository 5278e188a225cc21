"""The web server's side of each request, which no slow client can hold up.

A WSGI server gives a request to a thread before its body has come, so that a handful of clients who send a
byte now and then stop it for everybody. Here the event loop receives the body, into memory or a file, and
sends files and streams; a thread of the pool is only busy while Django works. Clients that are slower
than SLOWEST_BYTES_PER_SECOND after GRACE_SECONDS are dropped.

https://asgi.readthedocs.io/en/latest/specs/www.html, PEP 3333
"""

from __future__ import annotations

import asyncio
import html
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from annotator.wsgi import application as wsgi_application

THREADS = int(os.environ.get("WEB_THREADS") or 8)
STREAMS = 16  # generated downloads at once; each has a thread of its own
MEMORY_BYTES = 1 << 20  # of a body; a larger one goes to a file
MAX_BODY_BYTES = 2_200_000_000  # an import's zip of 2 GB
MAX_ANONYMOUS_BYTES = 1 << 20  # without a cookie or a token there is nothing to send but a form
GRACE_SECONDS = 20
SLOWEST_BYTES_PER_SECOND = 2_000
PATIENCE_SECONDS = 30  # without a single byte, either way
# A generated body has no announced length: one that is cut off looks whole to a client, so it waits longer.
STREAM_PATIENCE_SECONDS = 600
CHUNK_BYTES = 1 << 18
TOO_SLOW = "The request came too slowly: send it again on a better connection."
# For a request that does not reach Django, which renders the other pages.
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{status} · Annotator</title></head>
<body><main><h1>{words}</h1>
<p>Go back: your browser keeps what you typed.</p><p><a href="/">To the start page</a></p></main></body>
</html>
"""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class TooSlow(Exception):
    """The client sends, or takes, too few bytes a second to be waited for."""


class Refused(Exception):
    """The request ends here, with this status and these words."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status = status

    def content(self, headers: dict[bytes, bytes]) -> tuple[str, str]:
        """The media type and the text of the response: a page for a browser, JSON for a script."""
        accepted = headers.get(b"accept", b"")
        if b"text/html" in accepted:
            return "text/html", PAGE.format(status=self.status, words=html.escape(str(self)))
        if b"json" in accepted or b"authorization" in headers:
            return "application/json", json.dumps({"detail": str(self)})
        return "text/plain", f"{self}\n"


@dataclass
class Reply:
    """What the application said: the body is the content, or something to go through."""

    status: int
    headers: list[tuple[str, str]]
    body: Any


class FileBody:
    """The application's file (PEP 3333, `wsgi.file_wrapper`): sent by the loop."""

    def __init__(self, file: IO[bytes], _block_size: int = CHUNK_BYTES):
        self.read = file.read
        self.close = getattr(file, "close", lambda: None)

    def __iter__(self) -> Any:
        return iter(lambda: self.read(CHUNK_BYTES), b"")


class Pace:
    """Watches how fast a client sends or takes bytes."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._bytes = 0

    def add(self, size: int) -> None:
        """Count bytes. Raises TooSlow."""
        self._bytes += size
        seconds = time.monotonic() - self._begun
        if seconds > GRACE_SECONDS and self._bytes < seconds * SLOWEST_BYTES_PER_SECOND:
            raise TooSlow


class Server:
    """A WSGI application for an ASGI server."""

    def __init__(self, application: Callable[..., Iterable[bytes]]):
        self.application = application
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._streams = ThreadPoolExecutor(STREAMS, "stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request from its first to its last byte."""
        if scope["type"] != "http":
            raise NotImplementedError(
                scope["type"]
            )  # so the server knows that there is no lifespan
        with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as body:
            try:
                length = await receive_body(scope, receive, body)
            except Refused as refusal:
                media_type, content = refusal.content(dict(scope["headers"]))
                headers = [("content-type", f"{media_type}; charset=utf-8")]
                await start(send, refusal.status, [*headers, ("connection", "close")])
                await send_piece(send, content.encode(), PATIENCE_SECONDS, is_last=True)
                return
            environ = environ_of(scope, body, length)
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(self._threads, self._call, environ)
            with suppress(TimeoutError, TooSlow):  # the client has gone, or is given up
                await self._send(send, reply)

    def _call(self, environ: dict[str, Any]) -> Reply:
        """Run the application in this thread; a body that is no stream is complete afterwards."""
        start: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> None:
            start[:] = [int(status[:3]), headers]

        body = self.application(environ, start_response)
        if not isinstance(body, FileBody) and not getattr(body, "streaming", False):
            content = b"".join(body)
            close = getattr(body, "close", None)
            if close:
                close()
            return Reply(start[0], start[1], content)
        return Reply(start[0], start[1], body)

    async def _send(self, send: Send, reply: Reply) -> None:
        await start(send, reply.status, reply.headers)
        if isinstance(reply.body, bytes):
            await send_piece(send, reply.body, PATIENCE_SECONDS, is_last=True)
            return
        loop = asyncio.get_running_loop()
        if not isinstance(reply.body, FileBody):
            await loop.run_in_executor(self._streams, self._stream, loop, send, reply.body)
            return
        try:
            pace = Pace()
            for chunk in reply.body:
                await send_piece(send, chunk, PATIENCE_SECONDS)
                pace.add(len(chunk))
            await send_piece(send, b"", PATIENCE_SECONDS, is_last=True)
        finally:
            await loop.run_in_executor(self._threads, reply.body.close)

    def _stream(self, loop: asyncio.AbstractEventLoop, send: Send, body: Any) -> None:
        """Go through a generated body in one thread, as its database connection asks for."""

        def send_now(piece: bytes, *, is_last: bool = False) -> None:
            sending = send_piece(send, piece, STREAM_PATIENCE_SECONDS, is_last=is_last)
            asyncio.run_coroutine_threadsafe(sending, loop).result()

        try:
            for chunk in body:
                send_now(chunk)
            send_now(b"", is_last=True)
        finally:
            body.close()


async def start(send: Send, status: int, headers: Iterable[tuple[str, str]]) -> None:
    """Send the status and the headers."""
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def send_piece(
    send: Send, piece: bytes, patience_seconds: float, *, is_last: bool = False
) -> None:
    """Send one piece once the client takes it. Raises TimeoutError for a client that does not."""
    if piece or is_last:
        async with asyncio.timeout(patience_seconds):
            body = {"type": "http.response.body", "body": bytes(piece), "more_body": not is_last}
            await send(body)


async def receive_body(scope: Scope, receive: Receive, body: IO[bytes]) -> int:
    """Write the request's body into `body` and rewind it; gives its length. Raises Refused."""
    headers = dict(scope["headers"])
    is_known = b"cookie" in headers or b"authorization" in headers
    limit = MAX_BODY_BYTES if is_known else MAX_ANONYMOUS_BYTES
    announced = headers.get(b"content-length", b"0")
    too_large = Refused(413, f"The request is too large: at most {limit:,} bytes are taken.")
    if not announced.isdigit() or int(announced) > limit:
        raise too_large
    length = 0
    if int(announced) or b"transfer-encoding" in headers:
        pace = Pace()
        async for piece in pieces_of(receive):
            length += len(piece)
            if length > limit:
                raise too_large
            try:
                body.write(piece)
                pace.add(len(piece))
            except OSError as error:
                raise Refused(507, "The server's disk is full: nothing was saved.") from error
            except TooSlow as error:
                raise Refused(408, TOO_SLOW) from error
        body.seek(0)
    return length


async def pieces_of(receive: Receive) -> AsyncIterator[bytes]:
    """The pieces of the body as they come; Refused when none comes for PATIENCE_SECONDS."""
    is_more = True
    while is_more:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                message = await receive()
        except TimeoutError as error:
            raise Refused(408, "The request did not arrive whole: send it again.") from error
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request was broken off.")
        is_more = message.get("more_body", False)
        yield message.get("body", b"")


def environ_of(scope: Scope, body: IO[bytes], length: int) -> dict[str, Any]:
    """PEP 3333's environ. A body that came in chunks has its length by now."""
    (host, port), (client, client_port) = scope["server"], scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBody,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif "_" not in name and key not in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
            known = environ.get(f"HTTP_{key}")
            joint = "; " if key == "COOKIE" else ","
            environ[f"HTTP_{key}"] = f"{known}{joint}{value}" if known else value
    return environ


application = Server(wsgi_application)
