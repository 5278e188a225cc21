"""A scripted server with the OpenAI API for chats, on loopback: what it does next is said by the test."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ChatServer:
    """Answers with `answer` (a text), unless `script` has something else for the next call.

    An entry of the script is a status with headers and a body, a text, or a function of the request.
    """

    def __init__(self):
        self.answer = '{"colour": "red", "grade": 8}'
        self.logprobs = None  # (token, logprob) pairs
        self.finish_reason = "stop"
        self.usage = {"prompt_tokens": 100, "completion_tokens": 10}
        self.script = []
        self.always = None  # as an entry of the script, for every call
        self.requests, self.keys = [], []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self):
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self):
        return f"http://{self.host}/v1"

    def respond(self, path, body, key):
        """(status, headers, body) of the next call."""
        with self._lock:
            self.requests.append(body)
            self.keys.append(key)
            step = self.script.pop(0) if self.script else self.always
        if path != "/v1/chat/completions":
            return 404, {}, b"{}"
        if callable(step):
            step = step(body)
        if isinstance(step, tuple):
            return step
        return 200, {}, json.dumps(self.completion(step or self.answer)).encode()

    def completion(self, text):
        """A whole answer with this text."""
        choice = {"message": {"content": text}, "finish_reason": self.finish_reason}
        if self.logprobs:
            rows = [
                {"token": token, "bytes": list(token.encode()), "logprob": logprob}
                for token, logprob in self.logprobs
            ]
            choice["logprobs"] = {"content": rows}
        return {"choices": [choice], "usage": self.usage}

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, headers, content = server.respond(
                    self.path, body, self.headers.get("Authorization")
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler


def error(status, message, *, code=None, **headers):
    """An entry of the script: an error in the shape of the OpenAI API."""
    body = json.dumps({"error": {"message": message, "code": code}}).encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body
