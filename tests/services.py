"""The servers that the tests use: a pytest plugin, loaded before Django reads its settings.

PostgreSQL and Redis are real and our own. TEST_DATABASE_URL names another database: `sqlite`
stands for one in a file, since only then do threads share it as they do in life.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

from annotator.launch.postgres_server import PostgresServer
from annotator.launch.process import end_with_parent
from annotator.launch.redis_server import find_redis, is_answering, redis_command, socket_path

FOLDER = Path(tempfile.mkdtemp(prefix="annotator-tests-"))
REDIS_SOCKET = socket_path(FOLDER)
DATABASE = os.environ.get("TEST_DATABASE_URL", "")
POSTGRES = None if DATABASE else PostgresServer()
STATIC_FILES_IN_PRODUCTION: dict[str, str] = {}  # what settings.py says
_redis: list[subprocess.Popen[bytes]] = []

names = ("ALLOWED_HOSTS", "BIND", "HTTPS", "PRIVATE_REMOTES", "EMAIL_URL", "TRUSTED_PROXIES")
for name in (*names, "S3_BUCKET", "S3_LINK_SECONDS", "STORAGE"):
    os.environ.pop(name, None)  # what is set for a real server must not change the tests
os.environ |= {
    "DATA_DIR": str(FOLDER),
    "SECRET_KEY": "only for tests " * 5,
    "REDIS_URL": f"redis+socket://{REDIS_SOCKET}",
    "DATABASE_URL": POSTGRES.url if POSTGRES else DATABASE,
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright keeps an event loop on the test's thread
}
if DATABASE == "sqlite":
    os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER}/annotator.sqlite3"


def pytest_configure():
    """Settings that every test shares; the servers wait until a test needs them."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # live_server serves the sources themselves, which have no hashed names.
    STATIC_FILES_IN_PRODUCTION.update(settings.STORAGES["staticfiles"])
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    # A run that is told to end still ends its servers. SIGINT too: a shell's background jobs
    # start with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def pytest_unconfigure():
    """End and remove everything."""
    if POSTGRES:
        POSTGRES.stop()
    for redis in _redis:
        redis.kill()
        redis.wait()
    shutil.rmtree(REDIS_SOCKET.parent, ignore_errors=True)
    shutil.rmtree(FOLDER, ignore_errors=True)


def database_url():
    """The database of the tests, for another process."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def start_redis():
    """Start Redis and wait until it answers: some 20 ms."""
    command = redis_command(find_redis(), folder=FOLDER / "redis", socket_file=REDIS_SOCKET)
    _redis.append(
        subprocess.Popen(
            command, start_new_session=True, preexec_fn=partial(end_with_parent, os.getpid())
        )
    )
    while not is_answering(REDIS_SOCKET):
        assert _redis[-1].poll() is None, (FOLDER / "redis" / "redis.log").read_text()
        time.sleep(0.005)


def empty_redis():
    """Forget every queued job and everything cached."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(REDIS_SOCKET))
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(16) == b"+OK\r\n"
