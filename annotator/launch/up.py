"""`manage.py up`: everything that Annotator needs, in one terminal."""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from annotator.bootstrap import CannotStart
from annotator.launch.data_folder import DataFolder, data_path
from annotator.launch.prepare import SECRETS, Prepared, prepare, shown_file
from annotator.launch.process import write
from annotator.launch.redis_server import find_redis, is_answering, redis_command, socket_path
from annotator.launch.supervisor import Service, Stopped, Supervisor

QUEUES = "default,push,mirror,images,training"
WORKER_THREADS = 5  # one of them may be with a training for hours
START_SECONDS = 120  # a slow machine compiles all modules at its first start
WORKER_NICENESS = (
    5  # people's requests go first; more, and SQLite's lock waits for a worker that waits
)
MAX_WEB_PROCESSES, MAX_WITH_SQLITE = 4, 2  # unless WEB_PROCESSES says otherwise
BEAT_FILE = "beat"  # in DATA_DIR; beat.py writes it


def main(arguments: Sequence[str]) -> int:
    """Run until someone asks to stop; 0 after an orderly end."""
    parser = argparse.ArgumentParser(prog="manage.py up", description=__doc__)
    parser.add_argument(
        "--no-demo",
        dest="demo",
        action="store_false",
        help="start a new database empty, with one admin, instead of with demo data",
    )
    options = parser.parse_args(arguments)
    os.umask(0o077)
    host, port = bind_address(os.environ.get("BIND") or "127.0.0.1:8000")
    web_processes(os.environ)
    folder = DataFolder(data_path())
    check_port(host, port)
    env = os.environ | {"DATA_DIR": str(folder.path), "PYTHONUNBUFFERED": "1"}
    env["BIND"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with Supervisor() as supervisor:
        try:
            env["REDIS_URL"] = os.environ.get("REDIS_URL") or start_redis(supervisor, folder)
            prepared = prepare(supervisor, env, demo=options.demo)
            start_services(supervisor, env, host, port)
            announce(f"http://{shown(host)}:{port}", prepared)
            shown_file(folder.path).touch(mode=0o600)
            supervisor.watch()
        except Stopped:
            pass
    return 0


def bind_address(bind: str) -> tuple[str, int]:
    """Host and port out of host:port."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise CannotStart(f"BIND must be host:port, for example 127.0.0.1:8000, not {bind!r}.")
    return host.strip("[]"), int(port)


def check_port(host: str, port: int) -> None:
    """CannotStart unless nobody listens there yet: two servers would share it in silence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Cannot listen on {host}, port {port}: {(error.strerror or str(error)).lower()}."
                f" Name another one: BIND={host}:{port + 1} python3 manage.py up"
            ) from error


def start_redis(supervisor: Supervisor, folder: DataFolder) -> str:
    """Start our own Redis on the data folder; gives its REDIS_URL."""
    socket_file = socket_path(folder.path)
    command = redis_command(find_redis(), folder=folder.path / "redis", socket_file=socket_file)
    # Redis keeps the folder locked, so that no second one starts on its files if we are killed.
    env = {name: value for name, value in os.environ.items() if name not in SECRETS}
    redis = Service("redis", command, env, stage=0, keep_open=[folder.lock])
    supervisor.start(redis)
    supervisor.wait_for(
        partial(is_answering, socket_file),
        seconds=60,
        else_say=f"Redis did not start; {folder.path}/redis/redis.log says why.",
    )
    return f"redis+socket://{socket_file}"


def start_services(supervisor: Supervisor, env: dict[str, str], host: str, port: int) -> None:
    """The web server, then the worker; returns when pages can be had and beat runs."""
    env = {name: value for name, value in env.items() if name not in SECRETS}
    # glibc keeps what pictures took in other arenas for good: malloc_trim shortens only the first.
    env.setdefault("MALLOC_ARENA_MAX", "1")
    supervisor.start(Service("web", web_command(host, port, web_processes(env)), env))
    supervisor.wait_for(
        partial(is_healthy, shown(host), port),
        seconds=START_SECONDS,
        else_say=f"The web server did not answer within {START_SECONDS} s; its lines say why.",
    )
    worker = Service("worker", worker_command(), env)
    supervisor.start(worker)
    supervisor.wait_for(
        partial(has_beat, worker, Path(env["DATA_DIR"]) / BEAT_FILE),
        seconds=START_SECONDS,
        else_say=f"The worker did not begin its sweeps within {START_SECONDS} s; its lines say why.",
    )


def has_beat(worker: Service, beat_file: Path) -> bool:
    """Whether beat runs in this very process: lost jobs are found and nothing waits unseen."""
    try:
        return worker.process is not None and int(beat_file.read_text()) == worker.process.pid
    except (OSError, ValueError):  # not written yet, or by an older version
        return False


def web_processes(env: Mapping[str, str]) -> int:
    """How many processes answer requests: WEB_PROCESSES, else what serves best on this machine.

    One for each core: two at most with SQLite, which take turns to write (see docs/benchmarks.md),
    MAX_WEB_PROCESSES with PostgreSQL.
    """
    text = env.get("WEB_PROCESSES") or ""
    if text:
        if not text.isascii() or not text.isdigit() or not 0 < int(text) < 100:
            raise CannotStart(f"WEB_PROCESSES must be a number from 1 to 99, not {text!r}.")
        return int(text)
    is_sqlite = (env.get("DATABASE_URL") or "sqlite").startswith("sqlite")
    return min(os.cpu_count() or 1, MAX_WITH_SQLITE if is_sqlite else MAX_WEB_PROCESSES)


def web_command(host: str, port: int, processes: int = 1) -> list[str]:
    """The web server with so many processes."""
    server = [sys.executable, "-m", "annotator.launch.web_server"]
    return [*server, "--host", host, "--port", str(port), "--processes", str(processes)]


def worker_command() -> list[str]:
    """The Celery worker with beat, in threads: jobs wait for remotes, and SQLite has one writer."""
    # Being root matters to Celery only with pickled jobs, which we refuse.
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser"]
    nice = ["nice", "-n", str(WORKER_NICENESS)] if shutil.which("nice") else []
    celery = [
        *nice,
        *python,
        "-m",
        "celery",
        "--quiet",
        "--app",
        "annotator",
        "worker",
        "--with-beat",
    ]
    celery += ["--queues", QUEUES, "--hostname", "worker@%h"]
    celery += ["--pool", "threads", "--concurrency", str(WORKER_THREADS)]
    return [*celery, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


def is_healthy(host: str, port: int) -> bool:
    """Whether the server says so itself."""
    connection = http.client.HTTPConnection(host, port, timeout=5)  # seconds
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def shown(host: str) -> str:
    """The host for a browser on this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # not bound


def announce(address: str, prepared: Prepared) -> None:
    """Say where it runs and, the first time, who may log in."""
    lines = ["", f"Annotator is ready: {address}", ""]
    if prepared.accounts:
        width = max(len(account.username) for account in prepared.accounts)
        lines += [f"  {account.username:{width}}  {account.roles}" for account in prepared.accounts]
        lines += ["", f"  Password: {prepared.password or 'as preset'}"]
        lines += [f"  API token of the admin: {prepared.token}"] if prepared.token else []
        lines += [
            "  Shown this once. To set another password: python3 manage.py changepassword NAME",
            "",
        ]
    for line in [*lines, "Ctrl-C stops everything."]:
        write(line)
