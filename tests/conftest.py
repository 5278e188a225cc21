"""What every test gets: its servers, an empty Redis and media folder, and no way out."""

import ipaddress
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import before_task_publish, task_postrun, task_prerun

from annotator.launch.chromium import find_chromium
from tests import services
from tests.fault_remote import FaultRemote
from tests.object_store import options, running_store, use_bucket

# Chromium has one such list: what Playwright leaves out, and the two hidden pages of the address bar, which
# each window loads though nobody sees it: they take more of the processor than most pages under test.
CHROMIUM_WITHOUT = [
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
]
# No address but loopback: neither for the pages under test nor for Chromium itself.
CHROMIUM_ARGUMENTS = [
    f"--disable-features={','.join(CHROMIUM_WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def pytest_make_parametrize_id(config, val, argname):
    """Bytes are named by their length: an archive holds the time, and each process must name tests alike."""
    return f"{argname}-{len(val)}" if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def redis_server():
    """A real Redis, from the first test to the last."""
    services.start_redis()


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """Start PostgreSQL with the first test that needs the database."""
    from django.conf import settings

    empty_tables_quickly()
    database = settings.DATABASES["default"]
    database["CONN_MAX_AGE"] = 0  # a worker's threads would keep their connections
    if services.POSTGRES:
        services.POSTGRES.start()
    elif database["ENGINE"] == "annotator.sqlite":
        database.setdefault("TEST", {})["NAME"] = str(services.FOLDER / "test.sqlite3")


def empty_tables_quickly():
    """Let a test with real transactions end in a tenth of the time.

    Django makes content types and permissions again each time, which the product doesn't read, and PostgreSQL
    makes new files for each table and index that it truncates; they hold a few rows.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db import connection
    from django.db.models.signals import post_migrate

    def sql_flush(operations, style, tables, **_):
        without_triggers = "SET LOCAL session_replication_role = replica"
        return [
            without_triggers,
            *(f"DELETE FROM {operations.quote_name(name)}" for name in tables),
        ]

    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(
        dispatch_uid=f"{create_permissions.__module__}.create_permissions"
    )
    if connection.vendor == "postgresql":  # with SQLite psycopg is not loaded
        type(connection.ops).sql_flush = sql_flush


@pytest.fixture(scope="session")
def django_db_use_migrations():
    """Tables come from the models; the history takes 10 s. launch/test_migrations.py compares both."""
    return False


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb):
    """Our own server goes as a whole."""
    return django_db_keepdb or services.POSTGRES is not None


@pytest.fixture(autouse=True)
def empty_redis(redis_server):
    """No test sees the jobs or the cache of another."""
    yield
    services.empty_redis()


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    """Where the files of this one test go."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MODELS_ROOT = tmp_path / "models"
    return settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def object_store(tmp_path_factory):
    """The address of a real object store, from the first test that asks for it to the last."""
    with running_store(tmp_path_factory.mktemp("objects") / "store") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def object_store_client(object_store):
    """What asks it, made once: that takes longer than most tests."""
    from annotator.storage.bucket import Bucket

    client = Bucket(**options(object_store)).client
    yield client
    client.close()


@pytest.fixture
def bucket(settings, object_store, object_store_client):
    """The bucket that the app keeps its files in during this test."""
    from annotator.storage import files

    use_bucket(settings, object_store)
    used = files.bucket()
    used._client = object_store_client
    return used


@pytest.fixture(autouse=True)
def unthrottled(request, settings, monkeypatch):
    """Tests may ask as often as they like, unless marked `throttled`."""
    if request.node.get_closest_marker("throttled"):
        return
    settings.ACCOUNT_RATE_LIMITS = False
    settings.API_CALLS_PER_MINUTE = {}
    monkeypatch.setattr(
        "rest_framework.throttling.SimpleRateThrottle.allow_request", lambda *_: True
    )


@pytest.fixture
def queued_jobs():
    """The jobs queued during the test as (name, args), oldest first. Nothing runs them."""
    jobs = []

    def record(sender, body, **_):
        jobs.append((sender, tuple(body[0])))

    before_task_publish.connect(record)
    yield jobs
    before_task_publish.disconnect(record)


@pytest.fixture
def fault_remote(settings):
    """A remote on loopback that misbehaves on demand; see tests/fault_remote.py."""
    with FaultRemote(seed=1) as remote:
        settings.PRIVATE_REMOTES = frozenset([remote.host])
        yield remote


@contextmanager
def running_worker():
    """A real worker on all queues, in threads of this process."""
    from annotator.celery import app

    queues = "default,push,mirror,images,training"
    at_jobs = {signal: list(signal.receivers) for signal in (task_prerun, task_postrun)}
    try:
        with start_worker(
            app, pool="threads", concurrency=2, queues=queues, perform_ping_check=False
        ) as worker:
            yield worker
    finally:  # Celery closes the database before and after each job, for good: also that of a later test
        for signal, receivers in at_jobs.items():
            signal.receivers[:] = receivers


@pytest.fixture
def celery_worker(transactional_db):
    """A real worker, until the test ends."""
    with running_worker() as worker:
        yield worker


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The Chromium of this machine, without its own errands."""
    path = find_chromium()
    assert path, "no Chromium: run `python3 manage.py test`, which installs it, or set CHROMIUM"
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM_ARGUMENTS}


class LeftTheMachine(AssertionError):
    """Something tried to reach another machine."""


@pytest.fixture(scope="session", autouse=True)
def only_loopback():
    """Fail whatever would leave this machine; names are not even looked up."""
    real_connect, real_lookup = socket.socket.connect, socket.getaddrinfo

    def connect(self, address):
        if self.family != socket.AF_UNIX and not is_loopback(address[0]):
            raise LeftTheMachine(f"connects to {address}")
        return real_connect(self, address)

    def getaddrinfo(host, *args, **kwargs):
        if host and not is_loopback(host) and not is_address(host):
            raise LeftTheMachine(f"looks up {host}")
        return real_lookup(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def contexts_of_pages():
    """What `response.context` holds is of the page, not the marks of which a skeleton of it was made."""
    from django.template.base import Template

    from annotator.ui import skeletons

    render, one_at_a_time = skeletons.render_to_string, threading.Lock()

    def render_unheard(*args):
        with one_at_a_time, pytest.MonkeyPatch.context() as patch:
            patch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
            return render(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(skeletons, "render_to_string", render_unheard)
        yield


def is_loopback(host):
    """Whether a host, as connect() takes it, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    return name == "localhost" or (is_address(name) and ipaddress.ip_address(name).is_loopback)


def is_address(host):
    """Whether it is an IP address, which needs no look-up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def last_requests(request):
    """A closed page may leave requests behind: they end before the database is emptied under them.

    A connection has a thread of the live server: it ends with its last request, once the page is closed.
    """
    yield
    if request.node.get_closest_marker("browser") is None:
        return  # a client of the test's own has its answers, and may keep its connection
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any("process_request" in thread.name for thread in threading.enumerate()):
            return
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_call_in_a_transaction(request, monkeypatch):
    """A remote or a bucket is never called in an open transaction: it would hold the database for as long."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        return  # the test itself is a transaction, or has no database
    from django.db import connection

    from annotator.remote.fetch import Fetcher
    from annotator.storage import files

    fetch, bucket = Fetcher.fetch, files.bucket

    def outside(self, *args, **kwargs):
        assert not connection.in_atomic_block, "a remote was called inside a transaction"
        return fetch(self, *args, **kwargs)

    def bucket_outside():
        assert not connection.in_atomic_block, "a bucket was asked inside a transaction"
        return bucket()

    monkeypatch.setattr(Fetcher, "fetch", outside)
    monkeypatch.setattr(files, "bucket", bucket_outside)
