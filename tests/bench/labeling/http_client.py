"""HTTP over one socket that stays open, cheap enough that the clients leave the processor to the server."""

from __future__ import annotations

import socket
import zlib
from dataclasses import dataclass
from urllib.parse import urlencode

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Response:
    """A whole response; the names of its headers in lower case."""

    status: int
    headers: dict[str, str]
    text: str


class Connection:
    """One browser's connection, with its cookies. Counts its requests."""

    def __init__(self, host: str, port: int, cookies: dict[str, str] | None = None) -> None:
        self.host, self.port = host, port
        self.cookies = dict(cookies or {})
        self.requests = 0
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Close the socket, if there is one."""
        if self._socket is not None:
            self._socket.close()

    def get(self, path: str, **headers: str) -> Response:
        """A page or a part of one."""
        return self._call("GET", path, b"", headers)

    def post(self, path: str, fields: list[tuple[str, str]], **headers: str) -> Response:
        """A form, as a browser encodes it."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._call("POST", path, urlencode(fields).encode(), headers)

    def _call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Response:
        headers = {"Host": f"{self.host}:{self.port}", "Accept-Encoding": "gzip", **headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            headers["Content-Length"] = str(len(body))
        lines = [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body
        self.requests += 1
        if self._socket is None:
            self._socket = socket.create_connection((self.host, self.port), TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        return self._response(self._socket)

    def _response(self, connection: socket.socket) -> Response:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += receive(connection)
        first, *lines = received[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            value = value.strip()
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        body = received[end + 4 :]
        if "chunked" in headers.get("transfer-encoding", ""):
            body = chunks(connection, body)
        else:
            body = exactly(connection, body, int(headers.get("content-length", 0)))
        if headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 16 + zlib.MAX_WBITS)
        return Response(int(first.split(" ", 2)[1]), headers, body.decode(errors="replace"))


def receive(connection: socket.socket) -> bytes:
    """The next bytes. Raises ConnectionError at the end."""
    piece = connection.recv(262_144)
    if not piece:
        raise ConnectionError("the server closed the connection")
    return piece


def exactly(connection: socket.socket, received: bytes, size: int) -> bytes:
    """`received` and what is missing of `size` bytes."""
    while len(received) < size:
        received += receive(connection)
    return received


def chunks(connection: socket.socket, received: bytes) -> bytes:
    """A chunked body, put together."""
    body = b""
    while True:
        while (end := received.find(b"\r\n")) < 0:
            received += receive(connection)
        size = int(received[:end].split(b";")[0], 16)
        received = exactly(connection, received[end + 2 :], size + 2)
        body, received = body + received[:size], received[size + 2 :]
        if size == 0:
            return body
