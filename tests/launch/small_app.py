"""What tests/launch/test_server.py serves: an application that says what it got, with little patience."""

import json
import tempfile
from pathlib import Path

from annotator import server

server.GRACE_SECONDS = 1
server.PATIENCE_SECONDS = 3
server.STREAM_PATIENCE_SECONDS = 3
BIG = 64 << 20


class Stream:
    """A generated body, as Django's StreamingHttpResponse."""

    streaming = True

    def __init__(self, marker):
        self.marker = marker

    def __iter__(self):
        for number in range(1000):
            yield b"%06d" % number + b"x" * (1 << 16)

    def close(self):
        if self.marker:
            Path(self.marker).touch()


def app(environ, start_response):
    """Echo, a large file, or a stream."""
    headers = [("Content-Type", "application/octet-stream")]
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [*headers, ("Content-Length", str(BIG))])
        file = tempfile.TemporaryFile()  # noqa: SIM115  the server closes it
        file.truncate(BIG)
        return environ["wsgi.file_wrapper"](file, 8192)
    start_response("200 OK", headers)
    if environ["PATH_INFO"] == "/stream":
        return Stream(environ.get("HTTP_X_MARKER"))
    body = environ["wsgi.input"].read()
    known = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps({"length": len(body), "environ": known}).encode()]


application = server.Server(app)
