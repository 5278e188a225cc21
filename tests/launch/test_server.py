"""Slow clients hold up nobody, and each request arrives whole (annotator/server.py)."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MORE_THAN_THREADS = 12


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """Of a real server with tests/launch/small_app.py."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    command = [sys.executable, "-m", "annotator.launch.web_server", "--port", str(free)]
    env = {**os.environ, "DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    with subprocess.Popen(
        [*command, "tests.launch.small_app:application"], cwd=ROOT, env=env
    ) as web:
        deadline = time.monotonic() + 60
        while not answers(free):
            assert web.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield free
        web.send_signal(signal.SIGTERM)
        try:
            web.wait(timeout=20)
        finally:
            web.kill()


def answers(port):
    try:
        return ask(port)["length"] == 0
    except OSError:
        return False


def ask(port, method="GET", path="/", **rest):
    """The echo of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, **rest)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200, body
    return json.loads(body)


def opened(port, head):
    """A connection on which so much of a request was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(head)
    return connection


UPLOAD = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"


def test_slow_uploads_hold_up_nobody_and_are_ended(port):
    with ExitStack() as stack:
        slow = [stack.enter_context(opened(port, UPLOAD)) for _ in range(MORE_THAN_THREADS)]
        served = 0
        until = time.monotonic() + 2
        while time.monotonic() < until:
            for connection in slow:
                with suppress(ConnectionError):  # ended by now
                    connection.sendall(b"x")
            served += ask(port)["length"] == 0
            time.sleep(0.1)
        said = [first_line(connection) for connection in slow]

    assert served > 3
    assert set(said) <= {b"HTTP/1.1 408 Request Timeout", b""}


def first_line(connection):
    """Of the answer; nothing where the connection was reset."""
    try:
        return connection.recv(200).split(b"\r\n")[0]
    except ConnectionError:
        return b""


def test_an_upload_that_stops_is_ended(port):
    with opened(port, UPLOAD + b"x" * 10) as connection:
        assert b" 408 " in connection.recv(200)


def test_slow_readers_of_a_file_hold_up_nobody_and_are_ended(port):
    head = b"GET /file HTTP/1.1\r\nHost: a\r\n\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(opened(port, head)) for _ in range(MORE_THAN_THREADS)]
        time.sleep(0.5)
        for _ in range(5):
            assert ask(port)["length"] == 0
        time.sleep(5)  # past the server's patience
        sizes = [size_of(connection) for connection in slow]

    assert max(sizes) < 64 << 20  # cut off, and seen to be


def size_of(connection):
    """How many bytes still come before the connection ends."""
    size = 0
    try:
        while chunk := connection.recv(1 << 20):
            size += len(chunk)
    except ConnectionResetError:
        pass
    return size


def test_files_and_streams_come_whole(port):
    for path, size in (("/file", 64 << 20), ("/stream", 1000 * ((1 << 16) + 6))):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path)
        assert len(connection.getresponse().read()) == size
        connection.close()


def test_a_stream_ends_when_its_reader_goes(port, tmp_path):
    marker = tmp_path / "closed"
    head = f"GET /stream HTTP/1.1\r\nHost: a\r\nX-Marker: {marker}\r\n\r\n".encode()
    with opened(port, head) as connection:
        connection.recv(1000)
    deadline = time.monotonic() + 15
    while not marker.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("size", [0, 5, 3 << 20])
def test_a_body_comes_whole_with_its_length(port, size):
    cookie = {"Cookie": "a=1"}

    announced = ask(port, "POST", body=b"x" * size, headers=cookie)
    pieces = ask(port, "POST", body=iter([b"x" * size]), headers=cookie, encode_chunked=True)

    assert announced["length"] == size
    assert pieces["length"] == size
    assert pieces["environ"]["CONTENT_LENGTH"] == str(size)


@pytest.mark.parametrize(
    ("cookie", "length"), [("", 2_000_000), ("Cookie: a=1\r\n", 3_000_000_000), ("", -1)]
)
def test_what_is_too_large_is_refused_before_it_is_sent(port, cookie, length):
    head = f"POST / HTTP/1.1\r\nHost: a\r\n{cookie}Content-Length: {length}\r\n\r\n".encode()

    with opened(port, head) as connection:
        status = connection.recv(200).split(b"\r\n")[0]

    assert status in {b"HTTP/1.1 413 Payload Too Large", b"HTTP/1.1 400 Bad Request"}


@pytest.mark.parametrize(
    ("header", "media_type", "begins"),
    [
        ("Accept: text/html,*/*", b"text/html", b"<!doctype html>"),
        ("Accept: application/json", b"application/json", b'{"detail": "The request is too large'),
        ("Authorization: Token x", b"application/json", b'{"detail": '),
        ("Accept: */*", b"text/plain", b"The request is too large"),
    ],
)
def test_a_refusal_is_a_page_for_a_browser_and_json_for_a_script(port, header, media_type, begins):
    length = 3_000_000_000
    head = f"POST / HTTP/1.1\r\nHost: a\r\n{header}\r\nContent-Length: {length}\r\n\r\n".encode()

    with opened(port, head) as connection:
        answer = b"".join(iter(lambda: connection.recv(2000), b""))

    headers, _, body = answer.partition(b"\r\n\r\n")
    assert b"413" in headers.splitlines()[0]
    assert b"content-type: " + media_type in headers.lower()
    assert body.lstrip(b"0123456789abcdef\r\n").startswith(begins) or body.startswith(begins)


def test_a_body_in_pieces_has_the_same_limit(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = iter([b"x" * 700_000] * 2)
    try:
        connection.request("POST", "/", body=body, encode_chunked=True)
        status = connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = 413
    assert status == 413


def test_the_environ_is_as_django_expects_it(port):
    headers = {"Host": "example.org:81", "X-Real": "1", "X_Forwarded_For": "spoofed"}
    environ = ask(port, path="/%C3%BC%20b?q=%C3%BC", headers=headers)["environ"]

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/ü b"
    assert environ["QUERY_STRING"] == "q=%C3%BC"
    assert environ["HTTP_HOST"] == "example.org:81"
    assert environ["HTTP_X_REAL"] == "1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_X_FORWARDED_FOR" not in environ
