"""`manage.py up`, as a person runs it."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from annotator.celery import app
from annotator.launch.data_folder import DataFolder
from annotator.launch.postgres_server import find_package
from annotator.launch.up import QUEUES, has_beat
from tests import services

ROOT = Path(__file__).parent.parent.parent
HTMX = "django_htmx/htmx-2.min.js"
START_SECONDS = 180  # a busy machine


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder, **changes):
    """Nothing set but what a person sets; the servers of the tests are not to be used."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    return clean | {"DATA_DIR": str(folder), "BIND": f"127.0.0.1:{free_port()}"} | changes


def up(env, *arguments, python=sys.executable, root=ROOT):
    command = [python, str(root / "manage.py"), "up", *arguments]
    return subprocess.Popen(
        command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def refusal(env, *arguments):
    """What `up` says when it cannot start: one line, exit code 1."""
    with up(env, *arguments) as process:
        output, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 1, output
    assert output.count("\n") == 1, output
    return output.strip()


@contextmanager
def running(env, *arguments, **where):
    """(process, its output so far as a list of lines) once it is ready."""
    with up(env, *arguments, **where) as process:
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(process.stdout))
        reader.start()
        deadline = time.monotonic() + START_SECONDS
        try:
            while "Ctrl-C stops everything.\n" not in lines:
                assert process.poll() is None, "".join(lines)
                assert time.monotonic() < deadline, "".join(lines)
                time.sleep(0.05)
            yield process, lines
        finally:
            if process.poll() is None:
                process.kill()
            reader.join()


def test_a_taken_port_is_named_and_another_one_offered(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        said = refusal(environment(tmp_path, BIND=f"127.0.0.1:{port}"))

    assert said.startswith(f"Cannot listen on 127.0.0.1, port {port}: address already in use.")
    assert f"BIND=127.0.0.1:{port + 1}" in said


@pytest.mark.parametrize("bind", ["8000", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(tmp_path, bind):
    assert f"not {bind!r}" in refusal(environment(tmp_path, BIND=bind))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()

    said = refusal(environment(tmp_path / "file" / "data"))

    assert said.startswith(f"Cannot write to the data folder {tmp_path}/file/data: Not a directory")


def test_a_second_up_on_the_same_folder_is_refused(tmp_path):
    folder = DataFolder(tmp_path)

    said = refusal(environment(tmp_path))
    os.close(folder.lock)

    assert said.startswith(f"Another `manage.py up` (process {os.getpid()}) uses the data folder")


def test_a_redis_that_is_not_there_is_one_line_without_its_password(tmp_path):
    url = f"redis://:hush@127.0.0.1:{free_port()}/0"

    said = refusal(environment(tmp_path, REDIS_URL=url))

    assert said.startswith(f"Cannot reach Redis at {url.replace(':hush@', '')} (REDIS_URL): ")


def test_a_database_that_is_not_there_is_one_line_without_its_password(tmp_path):
    url = f"postgres://ada:hush@127.0.0.1:{free_port()}/annotator"

    said = refusal(environment(tmp_path, DATABASE_URL=url))

    assert said.startswith(f"Cannot open the database at {url.replace('ada:hush@', '')} (DATA")


@pytest.mark.skipif(services.POSTGRES is None, reason="the encodings of PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_store_every_character_is_refused(tmp_path):
    as_c = "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    psql = [str(find_package() / "pginstall" / "bin" / "psql"), "-h", str(services.POSTGRES.folder)]
    make = f"CREATE DATABASE ascii TEMPLATE template0 {as_c}"
    subprocess.run([*psql, "-U", "postgres", "-c", make], check=True, capture_output=True)
    url = f"{services.POSTGRES.url.rpartition('/')[0]}/ascii"

    said = refusal(environment(tmp_path, DATABASE_URL=url))

    assert said.startswith("The database has the encoding SQL_ASCII, which cannot store")


def test_a_setting_that_cannot_be_read_is_one_line(tmp_path):
    assert "SECRET_KEY must have" in refusal(environment(tmp_path, SECRET_KEY="short"))


def test_up_serves_pages_until_ctrl_c_and_leaves_nothing_behind(tmp_path):
    env = environment(tmp_path / "data")
    address = f"http://{env['BIND']}"

    with running(env, "--no-demo") as (process, lines):
        family = [process, *psutil.Process(process.pid).children(recursive=True)]
        urllib.request.urlopen(f"{address}/account/login/").close()
        names = json.loads((tmp_path / "data/static/staticfiles.json").read_text())["paths"]
        with urllib.request.urlopen(f"{address}/static/{names[HTMX]}") as answer:
            script, kept_for = answer.read(), answer.headers["Cache-Control"]
        process.send_signal(signal.SIGINT)
        process.wait(timeout=90)

    output = "".join(lines)
    assert process.returncode == 0, output
    assert f"Annotator is ready: {address}" in output
    assert re.search(r"admin +admin in My workspace\n\n +Password: \w{16}\n", output)
    assert script.startswith(b"var htmx=")
    assert "immutable" in kept_for
    assert not [one for one in family[1:] if one.is_running()]
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_after_kill_9_nothing_runs_on_and_the_next_up_starts(tmp_path):
    env = environment(tmp_path)
    with running(env, "--no-demo") as (process, _):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        gone, alive = psutil.wait_procs(family, timeout=90)

    assert not alive
    assert len(gone) >= 4  # Redis, web server and its worker, the Celery worker
    with running(env, "--no-demo") as (process, lines):
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)
    assert process.returncode == 0
    assert "Password" not in "".join(lines)


def test_a_password_that_an_interrupted_start_never_showed_is_made_anew(tmp_path):
    env = environment(tmp_path / "data")
    with up(env, "--no-demo") as process:
        for line in process.stdout:
            if line.startswith("Made admin"):
                process.kill()
                break

    said = [first_password(env), first_password(env)]

    with sqlite3.connect(tmp_path / "data/annotator.sqlite3") as rows:
        (kept,) = rows.execute("SELECT password FROM accounts_user").fetchone()
    assert said[1] is None  # it was shown
    assert PBKDF2PasswordHasher().verify(said[0], kept)


def first_password(env):
    """What a start that comes to its end shows."""
    with running(env, "--no-demo") as (process, lines):
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)
    shown = re.search(r"Password: (.+)\n", "".join(lines))
    return shown and shown[1]


def test_a_preset_password_is_neither_shown_nor_left_to_redis(tmp_path):
    env = environment(tmp_path / "data", ANNOTATOR_ADMIN_PASSWORD="plain-mango-river")

    with running(env, "--no-demo") as (process, lines):
        family = psutil.Process(process.pid).children(recursive=True)
        knowing = [one.name() for one in family if "ANNOTATOR_ADMIN_PASSWORD" in one.environ()]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)

    assert "plain-mango-river" not in "".join(lines)
    assert "Password: as preset" in "".join(lines)
    assert knowing == []


def test_every_queue_has_a_worker():
    routed = {route["queue"] for route in app.conf.task_routes.values()}

    assert routed | {app.conf.task_default_queue} <= {*QUEUES.split(",")}


@pytest.mark.parametrize(
    ("written", "runs"), [("41", True), ("40", False), ("", False), (None, False)]
)
def test_a_worker_is_started_once_its_own_beat_runs(tmp_path, written, runs):
    """Not one that an earlier process wrote: without beat no sweep runs, and the start has failed."""
    worker = SimpleNamespace(process=SimpleNamespace(pid=41))
    if written is not None:
        (tmp_path / "beat").write_text(written)

    assert has_beat(worker, tmp_path / "beat") is runs
