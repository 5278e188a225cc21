"""How many web processes `up` starts, and that its worker yields to them."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from annotator.bootstrap import CannotStart
from annotator.launch.up import (
    MAX_WEB_PROCESSES,
    MAX_WITH_SQLITE,
    web_command,
    web_processes,
    worker_command,
)
from annotator.launch.web_server import STOP_SECONDS

ROOT = Path(__file__).parent.parent.parent
POSTGRES = {"DATABASE_URL": "postgres://user@host/name"}


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 2), (64, MAX_WITH_SQLITE)])
def test_sqlite_with_its_one_writer_has_two_at_most(monkeypatch, cores, processes):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    assert web_processes({}) == processes
    assert web_processes({"DATABASE_URL": "sqlite:////tmp/here.sqlite3"}) == processes


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 2), (64, MAX_WEB_PROCESSES)])
def test_postgresql_has_one_for_each_core_up_to_a_limit(monkeypatch, cores, processes):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    assert web_processes(POSTGRES) == processes


@pytest.mark.parametrize("text", ["0", "two", "-1", "²", "100"])
def test_a_number_that_makes_no_sense_is_refused_in_one_line(text):
    with pytest.raises(CannotStart, match="WEB_PROCESSES must be a number from 1 to 99"):
        web_processes({"WEB_PROCESSES": text})


def test_a_person_may_choose():
    chosen = web_processes({**POSTGRES, "WEB_PROCESSES": "7"})

    command = web_command("127.0.0.1", 8000, chosen)
    assert command[command.index("--processes") + 1] == "7"


def test_the_worker_yields_to_requests():
    assert worker_command()[:2] == ["nice", "-n"]


def test_a_server_told_to_end_before_its_application_is_loaded_ends(tmp_path):
    began = tmp_path / "began"
    (tmp_path / "slow.py").write_text(
        f"import pathlib, time\npathlib.Path({str(began)!r}).touch()\ntime.sleep(600)\n"
    )
    command = [*web_command("127.0.0.1", 0), "slow:application"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    with subprocess.Popen(command, env=env, start_new_session=True) as web:
        deadline = time.monotonic() + 60
        while not began.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        web.terminate()
        try:
            web.wait(timeout=STOP_SECONDS + 20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(web.pid, signal.SIGKILL)

    assert began.exists()


def test_no_process_outlives_a_web_server_that_was_killed(tmp_path):
    """Else it keeps the port, where `up` was killed too and nobody is left to end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*web_command("127.0.0.1", port, 2), "tests.launch.small_app:application"]
    env = {**os.environ, "DATA_DIR": str(tmp_path)}

    with subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True) as web:
        try:
            deadline = time.monotonic() + 60
            while not is_open(port) and time.monotonic() < deadline:
                time.sleep(0.05)
            processes = psutil.Process(web.pid).children(recursive=True)
            web.kill()
            _, alive = psutil.wait_procs(processes, timeout=60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(web.pid, signal.SIGKILL)

    assert len(processes) >= 2
    assert not alive


def test_loading_the_application_opens_and_starts_nothing_that_processes_could_not_share(tmp_path):
    said = "len(threading.enumerate()), len(psutil.Process().net_connections('all')), connection.connection"
    program = (
        "import psutil, threading; from annotator.launch import web_server;"
        " web_server.load(web_server.APPLICATION); from django.db import connection;"
        f" print({said})"
    )
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env["DATA_DIR"] = str(tmp_path)

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )

    assert done.stdout == "1 0 None\n"


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
