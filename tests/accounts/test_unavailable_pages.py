"""Pages say what the API says: a busy database is a 503 that tries again, a full disk a 507."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client
from django.urls import reverse

from annotator.accounts.models import Role, Session
from annotator.ui.failures import BUSY, DISK_FAILS, DISK_FULL, unavailable_failure
from tests.accounts.failing_query import BROWSER, MOST_QUERIES, FailingQuery, answer_with, locked
from tests.accounts.test_matrix import PAGES, each_alone, path_of
from tests.factories import PASSWORD, make_dataset, make_member, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"
ADDRESSES = [
    *map(path_of, PAGES),
    LOGIN,
    "/account/logout/",
    "/account/password/change/",
    "/account/password/reset/",
    "/account/password/reset/key/1-nothing/",
]


@pytest.fixture
def browser():
    client = Client(raise_request_exception=False)
    client.force_login(make_member(Role.ADMIN).user)
    return client


def test_a_sign_in_that_finds_the_database_busy_may_be_sent_again():
    """As the page does by itself. By then the person may have had another CSRF token, half signed in."""
    make_user(username="anna")
    tried, refused = 0, {}
    for number in range(MOST_QUERIES):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', client.get(LOGIN).text)[1]
        form = {"csrfmiddlewaretoken": token, "login": "anna", "password": PASSWORD}
        busy, was_reached = answer_with(
            client, "post", LOGIN, number=number, error=locked(), data=form
        )
        if not was_reached:
            break
        tried += busy.status_code == 503
        again = client.post(LOGIN, form)
        if again.status_code != 302:
            refused[number] = again.status_code

    assert tried > 3
    assert refused == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_is_a_500_whichever_of_its_queries_finds_the_database_busy(browser, method):
    wrong = {}
    for address in each_alone(ADDRESSES, browser):
        statuses = statuses_by_failed_query(browser, method, address)
        first, errors = statuses[:2], {status for status in statuses if status >= 500}
        # The session and its person, before the view; an `{% if a and b %}` takes any error for False.
        if not (set(first) <= {503} and errors <= {503}):
            wrong[address] = statuses

    assert wrong == {}


def statuses_by_failed_query(browser, method, address):
    """What is answered when the first query fails, the second and so on."""
    statuses = []
    for number in range(MOST_QUERIES):
        if "_auth_user_id" not in browser.session:
            browser.force_login(make_member(Role.ADMIN).user)
        response, has_failed = answer_with(browser, method, address, number=number, error=locked())
        if not has_failed:
            return statuses
        statuses.append(response.status_code)
    raise AssertionError(f"{address} makes more than {MOST_QUERIES} queries")


@pytest.mark.both_databases
def test_a_session_that_cannot_be_saved_is_a_503_and_no_bad_request():
    """The message that nothing is left is kept in the session."""
    member = make_member(Role.ANNOTATOR)
    client = Client()
    client.force_login(member.user)
    address = reverse("annotation:next", args=[make_dataset(workspace=member.workspace).pk])

    def failing(execute, sql, params, many, context):
        if sql.startswith('UPDATE "accounts_session"'):
            raise locked()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(failing):
        response = client.post(address, headers=BROWSER)
    connection.set_rollback(False)

    assert response.status_code == 503
    assert client.post(address, headers=BROWSER).status_code == 302


@pytest.mark.parametrize("address", ["/", LOGIN])
def test_a_busy_page_says_when_it_tries_again(browser, address):
    response, _ = answer_with(browser, "get", address, number=0, error=locked())
    page = response.content.decode()

    assert response.status_code == 503
    assert response["Retry-After"] == "2"
    assert response["Cache-Control"] == "no-store"
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "The database is busy" in page


def test_a_form_keeps_what_was_typed_and_is_sent_again(browser):
    typed = {"full_name": 'Ada <b>"L"</b>', "email": "", "many": ["1", "2"]}

    response, _ = answer_with(
        browser, "post", "/account/?a=1", number=0, error=locked(), data=typed
    )
    page = response.content.decode()

    assert response.status_code == 503
    assert 'action="/account/?a=1"' in page
    assert 'data-retry-seconds="2"' in page
    assert 'name="full_name" value="Ada &lt;b&gt;&quot;L&quot;&lt;/b&gt;"' in page
    assert re.findall(r'name="many" value="(\d)"', page) == ["1", "2"]
    assert 'http-equiv="refresh"' not in page


@pytest.mark.both_databases
def test_signing_in_keeps_the_name_and_never_repeats_the_password():
    make_member(user=make_user(username="ada"))
    typed = {"login": "ada", "password": PASSWORD, "next": "/account/"}
    client = Client()

    response, _ = answer_with(client, "post", LOGIN, number=0, error=locked(), data=typed)
    page = response.content.decode()

    assert response.status_code == 503
    assert 'name="login" value="ada"' in page
    assert PASSWORD not in page
    assert "data-retry-seconds" not in page
    assert client.post(LOGIN, typed).status_code == 302


def test_a_script_gets_json_and_htmx_a_sentence(browser):
    with connection.execute_wrapper(FailingQuery(0, locked())):
        script = browser.get("/account/", headers={"Accept": "application/json"})
    with connection.execute_wrapper(FailingQuery(0, locked())):
        api = browser.get("/vlm/v2/prompt/")
    with connection.execute_wrapper(FailingQuery(0, locked())):
        part = browser.get("/account/", headers={"HX-Request": "true"})

    assert [answer.status_code for answer in (script, api, part)] == [503] * 3
    assert script.json() == api.json() == {"detail": BUSY.detail}
    assert part.content.decode() == BUSY.detail


def test_a_full_disk_is_a_507_everywhere(browser):
    full = OperationalError("database or disk is full")
    full.__cause__ = type("DiskFull", (Exception,), {"sqlstate": "53100"})()

    pages = [answer_with(browser, "post", "/account/", number=n, error=full)[0] for n in range(3)]

    assert [page.status_code for page in pages] == [507] * 3
    assert "make room" in pages[0].content.decode()


def test_an_upload_that_no_longer_fits_is_a_507(browser, monkeypatch):
    def no_room(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("django.core.files.uploadhandler.MemoryFileUploadHandler.new_file", no_room)
    with Path(__file__).open("rb") as file:
        response = browser.post("/account/", {"file": file}, headers=BROWSER)

    assert response.status_code == 507
    assert "Go back" in response.content.decode()


def test_which_errors_are_failures_of_the_surroundings():
    is_sqlite = connection.vendor == "sqlite"

    assert unavailable_failure(OSError(errno.EDQUOT, "quota")) is DISK_FULL
    assert unavailable_failure(OSError(errno.EACCES, "denied")) is None
    assert unavailable_failure(ValueError("database is locked")) is None
    assert unavailable_failure(locked()) is BUSY
    if is_sqlite:
        assert unavailable_failure(OperationalError("no such table: x")) is None
        assert unavailable_failure(OperationalError("disk I/O error")) is DISK_FAILS


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_signing_in_to_a_database_that_another_really_holds_is_a_503(client):
    make_member(user=make_user(username="ada"))
    is_sqlite = connection.vendor == "sqlite"
    typed = {"login": "ada", "password": PASSWORD}
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50" if is_sqlite else "SET lock_timeout='50ms'")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
            if not is_sqlite:
                table = Session._meta.db_table
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        response = client.post(LOGIN, typed, headers=BROWSER)
    finally:
        other.close()
        connection.close()

    assert response.status_code == 503
    assert 'value="ada"' in response.content.decode()
    assert client.post(LOGIN, typed).status_code == 302


ON_A_FULL_DISK = """
import os, sys
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
settings.ALLOWED_HOSTS = ["testserver"]
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.MIGRATION_MODULES = {app.label: None for app in django.apps.apps.get_app_configs()}
call_command("migrate", run_syncdb=True, verbosity=0)  # from the models: the history takes 10 s
from annotator.accounts.models import Membership, User, Workspace
user = User.objects.create_user("ada", password="a long password")
Membership.objects.create(user=user, workspace=Workspace.objects.create(name="W"), role="admin")
typed = {"login": "ada", "password": "a long password"}
from django.db import connection
with connection.cursor() as cursor:  # else there is room in the log of what was written before
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
filler = os.path.join(settings.DATA_DIR, "filler")
with open(filler, "wb", buffering=0) as file:
    size = 1 << 20
    while size:
        try:
            file.write(bytes(size))
        except OSError:
            size //= 2
full = Client(raise_request_exception=False).post("/account/login/", typed)
read = Client(raise_request_exception=False).get("/account/login/")
os.remove(filler)
free = Client(raise_request_exception=False).post("/account/login/", typed)
print("STATUSES", full.status_code, read.status_code, free.status_code)
"""


def test_signing_in_on_a_disk_that_is_really_full_is_a_507_until_there_is_room(tmp_path):
    mount = f"mount -t tmpfs -o size=16m none {tmp_path}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/annotator.sqlite3",
        "REDIS_URL": "redis+socket:///nowhere/redis.sock",
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
    }
    command = f'{mount} && exec "$0" -c "$1"'

    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, sys.executable, ON_A_FULL_DISK],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "STATUSES 507 200 302" in done.stdout, done.stdout + done.stderr
