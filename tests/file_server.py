"""A server of one file on loopback: in parts or only whole, led elsewhere, changed, broken off or refused."""

import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class File:
    """What it gives and was asked for. `breaks_off` counts down the responses that end half-way."""

    def __init__(self, data=b"", *, kind="text/csv"):
        self.data, self.kind = data, kind
        self.etag, self.gives_parts, self.says_length = '"1"', True, True
        self.status, self.breaks_off, self.led_to, self.disposition = 200, 0, "", ""
        self.heeds_versions = True
        self.ranges = []  # that were asked for

    def change(self, data):
        """Another version of it."""
        self.data, self.etag = data, f'"{len(self.ranges)} {len(data)}"'


class Handler(BaseHTTPRequestHandler):
    """Responds with the `file` of its server."""

    def do_GET(self):
        file = self.server.file
        asked = self.headers.get("Range", "")
        file.ranges.append(asked)
        start = 0
        if file.led_to and self.path.startswith("/led"):
            self.send_response(302)
            self.send_header("Location", file.led_to)
        elif file.status != 200:
            self.send_response(file.status)
        elif asked and file.gives_parts and self.is_same_version():
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            self.send_response(206 if start < len(file.data) else 416)
            end = len(file.data)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        else:
            self.send_response(200)
        body = b"" if file.status != 200 or self.path.startswith("/led") else file.data[start:]
        self.send_headers(body)
        if file.breaks_off:
            file.breaks_off -= 1
            body = body[: len(body) // 2]
        with suppress(OSError):
            self.wfile.write(body)
        self.close_connection = True

    def is_same_version(self):
        file = self.server.file
        return not file.heeds_versions or self.headers.get("If-Range") == file.etag

    def send_headers(self, body):
        file = self.server.file
        self.send_header("Content-Type", file.kind)
        if file.gives_parts:
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("ETag", file.etag)
        if file.says_length:
            self.send_header("Content-Length", str(len(body)))
        if file.disposition:
            self.send_header("Content-Disposition", file.disposition)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serving(file):
    """The address of the server, as long as the block goes on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.file = file
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
