"""A remote on loopback that misbehaves on demand, for the tests of mirror, push and training.

    with FaultRemote(seed=1) as remote:                     # fixture `fault_remote` in tests/conftest.py
        dataset = remote.platform.add_dataset(...)          # see tests/fault_platform.py
        client = remote.client()                            # a RemoteClient that may call it, no waiting
        remote.script("POST", "/train/", ok(), status(500)) # the next two such requests, then normal
        remote.always("GET", "/vlm/v2/sample/", status(500))# every one; `remote.heal()` ends all of it
        remote.misbehave(rate=0.35)                         # any request, by the seed: a failure replays
        remote.before("GET", "page=2", lambda: ...)         # run something right before, once
        remote.calls("POST", "/train/")                     # what arrived: .method .path .query .headers
                                                            # .body .fault; faulty requests too
        remote.platform.trainings                           # what it had as an effect

A place is any part of "path?query". The faults are in tests/faults.py.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from annotator.remote.client import RemoteClient
from annotator.remote.fetch import Limits
from tests.fault_platform import Platform
from tests.fault_routes import answer
from tests.faults import RANDOM_FAULTS, Fault, ok

TOKEN = "fault-remote-token-0123456789"
DRIP_SECONDS = 0.05


@dataclass
class Call:
    """A request as it arrived; `fault` names how it was answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    fault: str = "ok"
    target: str = ""


class FaultRemote:
    """The server with its script; see the top of this file."""

    def __init__(self, seed: int = 0) -> None:
        self.platform = Platform(seed)
        self.token = TOKEN
        self.requests: list[Call] = []
        self.stopping = threading.Event()
        self._random = random.Random(seed)
        self._lock = threading.RLock()
        self.heal()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.remote = self
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> FaultRemote:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(self, token: str = TOKEN, workspace: str | None = None, **limits) -> RemoteClient:
        """A client that may call this server, with short limits, and waits for nothing between tries."""
        limits = {"connect_seconds": 2, "read_seconds": 2, "deadline_seconds": 5} | limits
        return RemoteClient(
            self.url,
            token,
            workspace,
            allow=frozenset({self.host}),
            limits=Limits(**limits),
            pause=lambda seconds: None,
        )

    def script(self, method: str, place: str, *faults: Fault) -> None:
        """Answer the next such requests in these ways, one each."""
        self._scripts.append((method, place, list(faults)))

    def always(self, method: str, place: str, fault: Fault) -> None:
        """Answer every such request in this way."""
        self._standing.append((method, place, fault))

    def misbehave(self, rate: float, faults: tuple[Fault, ...] = RANDOM_FAULTS) -> None:
        """Answer that share of all requests (0.0–1.0) with one of these faults."""
        self._rate, self._faults = rate, faults

    def before(self, method: str, place: str, action: Callable[[], object]) -> None:
        """Run this once, right before the next such request is answered."""
        self._before.append((method, place, action))

    def heal(self) -> None:
        """Forget all faults."""
        self._scripts: list[tuple[str, str, list[Fault]]] = []
        self._standing: list[tuple[str, str, Fault]] = []
        self._before: list[tuple[str, str, Callable[[], object]]] = []
        self._rate, self._faults = 0.0, RANDOM_FAULTS

    def calls(self, method: str = "", place: str = "") -> list[Call]:
        """The requests so far, in the order of arrival."""
        return [c for c in self.requests if method in ("", c.method) and place in c.target]

    def respond(self, call: Call) -> tuple[Fault, int, Any]:
        """The fault of this request, and the platform's own answer if it gets that far."""
        with self._lock:
            self.requests.append(call)
            for entry in [b for b in self._before if b[0] == call.method and b[1] in call.target]:
                self._before.remove(entry)
                entry[2]()
            fault = self._fault_of(call)
            call.fault = fault.kind
            if fault.kind in ("ok", "apply_then_reset", "apply_then_hang", "truncated", "next_is"):
                return fault, *self._answer(call)
            return fault, 0, None

    def _fault_of(self, call: Call) -> Fault:
        for method, place, faults in self._scripts:
            if method == call.method and place in call.target and faults:
                return faults.pop(0)
        for method, place, fault in self._standing:
            if method == call.method and place in call.target:
                return fault
        if self._random.random() < self._rate:
            return self._random.choice(self._faults)
        return ok()

    def _answer(self, call: Call) -> tuple[int, Any]:
        open_to_all = call.path.startswith(("/media/", "/archive/"))
        if not open_to_all and call.headers.get("authorization") != f"Token {self.token}":
            return 401, {"detail": "Invalid token."}
        workspace = call.query.get("workspace", self.platform.workspace)
        if workspace not in (self.platform.workspace, "default"):
            return 403, {"detail": "You do not have permission to perform this action."}
        return answer(
            self.platform, call.method, call.path, call.query, call.body or {}, base=self.url
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    remote: FaultRemote

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what we are here for; anything else shows in the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms for its second half

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers,
            json.loads(body) if body else None,
            target=self.path,
        )
        fault, code, data = self.server.remote.respond(call)
        getattr(self, f"_{fault.kind}", self._ok)(fault.options, code, data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 (the standard library's names)

    def _send(self, code: int, body: bytes, kind: str = "application/json", **headers) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _ok(self, options: dict, code: int, data: Any) -> None:
        if isinstance(data, bytes):
            self._send(code, data, "image/jpeg")
        else:
            self._send(code, b"" if data is None else json.dumps(data).encode())

    def _status(self, options: dict, code: int, data: Any) -> None:
        body = options["body"]
        if isinstance(body, bytes):
            self._send(options["code"], body, "text/html", **options["headers"])
        else:
            self._send(options["code"], json.dumps(body).encode(), **options["headers"])

    def _says(self, options: dict, code: int, data: Any) -> None:
        self._send(200, options["body"], options["type"], **options["headers"])

    def _next_is(self, options: dict, code: int, data: Any) -> None:
        self._ok({}, code, data | {"next": options["address"]})

    def _reset(self, options: dict, code: int, data: Any) -> None:
        """Close so that the other side gets a reset, not an end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    _apply_then_reset = _reset

    def _apply_then_hang(self, options: dict, code: int, data: Any) -> None:
        self.server.remote.stopping.wait()
        self.close_connection = True

    def _truncated(self, options: dict, code: int, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + 100))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _drip(self, options: dict, code: int, data: Any) -> None:
        self.send_response(200)
        if options["headers"]:
            self.flush_headers()
        else:
            self.send_header("Content-Length", "1000000")
            self.end_headers()
        while not self.server.remote.stopping.wait(DRIP_SECONDS):
            self.wfile.write(b"x")
            self.wfile.flush()

    def _big(self, options: dict, code: int, data: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(options["size_bytes"] + 2))
        self.end_headers()
        self.wfile.write(b'"')
        for start in range(0, options["size_bytes"], 65536):
            self.wfile.write(b"x" * min(65536, options["size_bytes"] - start))
        self.wfile.write(b'"')

    def log_message(self, *args: object) -> None:
        """Quiet: the test reads `remote.calls()`."""
