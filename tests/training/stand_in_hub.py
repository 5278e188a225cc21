"""A model hub on loopback: one repository, parts of files on request, led to another host for the weights."""

import hashlib
import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "makers/small-vlm"
CONFIG = b'{"model_type": "idefics3", "text_config": {"vocab_size": 9}}'


class Hub:
    """What it holds and was asked for; `fails` counts down the responses 503 that it gives to pieces."""

    def __init__(self):
        weights = bytes(range(256)) * 400  # 102,400 bytes
        self.files = {"config.json": CONFIG, "model.safetensors": weights}
        self.unwanted = ["modeling.py", "pytorch_model.bin", "onnx/model.onnx", "../evil.json"]
        self.licence, self.token, self.fails, self.damaged = "apache-2.0", "", 0, False
        self.pieces, self.tokens = [], []
        self.weights_address = ""  # of another hub that the weights are led to
        self.pause = threading.Event()
        self.pause.set()

    def about(self):
        rows = [
            {
                "rfilename": name,
                "size": len(content),
                "lfs": {"sha256": hashlib.sha256(content).hexdigest()},
            }
            for name, content in self.files.items()
        ]
        rows += [{"rfilename": name, "size": 5} for name in self.unwanted]
        return {"sha": COMMIT, "cardData": {"license": self.licence}, "siblings": rows}


class Handler(BaseHTTPRequestHandler):
    """Responds for the `hub` of its server."""

    @property
    def hub(self):
        return self.server.hub

    def do_GET(self):
        self.hub.tokens.append(self.headers.get("Authorization", ""))
        path = self.path.partition("?")[0]
        name = path.removeprefix(f"/{REPOSITORY}/resolve/{COMMIT}/")
        if self.hub.token and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            self.respond(401)
        elif path == f"/api/models/{REPOSITORY}/revision/main":
            self.respond(200, json.dumps(self.hub.about()).encode())
        elif name not in self.hub.files:
            self.respond(404)
        elif self.hub.weights_address and name.endswith("safetensors"):
            self.respond(302, location=self.hub.weights_address + self.path)
        else:
            self.send_file(name)

    def send_file(self, name):
        """Whole, or the part that was asked for."""
        asked = self.headers.get("Range", "")
        if not asked:
            self.respond(200, self.hub.files[name])
            return
        start, end = map(int, asked.removeprefix("bytes=").split("-"))
        self.hub.pieces.append((name, start, end))
        if start:
            self.hub.pause.wait(60)
        if self.hub.fails:
            self.hub.fails -= 1
            self.respond(503)
            return
        content = self.hub.files[name][start : end + 1]
        self.respond(206, bytes(len(content)) if self.hub.damaged else content)

    def respond(self, status, body=b"", *, location=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        with suppress(BrokenPipeError):  # of a client that was killed
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(hub):
    """The address of the hub, as long as the block goes on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hub = hub
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        hub.pause.set()
        server.shutdown()
        server.server_close()
        thread.join()
