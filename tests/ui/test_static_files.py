"""Static files as production serves them: hashed names, imported modules included, that browsers keep."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse

from annotator.accounts.models import Role
from tests import services
from tests.factories import make_dataset, make_member, make_sample

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HASHED = re.compile(r"/static/js/([\w-]+)\.[0-9a-f]{12}\.js$")


@pytest.fixture
def server_url(settings, tmp_path):
    """A server with the storage that settings.py names; WhiteNoise answers for static files."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": services.STATIC_FILES_IN_PRODUCTION}
    call_command("collectstatic", interactive=False, verbosity=0)
    thread = LiveServerThread("127.0.0.1", static_handler=lambda application: application)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


def test_every_module_of_a_page_is_loaded_once_and_kept_by_the_browser(page, server_url):
    member = make_member(Role.ADMIN)
    dataset = make_dataset(workspace=member.workspace)
    sample = make_sample(dataset=dataset)
    client = Client()
    client.force_login(member.user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server_url}])
    responses, errors = [], []
    page.on("response", lambda response: responses.append(response))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))

    for name, argument in [("annotation:sample", sample.pk), ("imports:new", dataset.pk)]:
        page.goto(server_url + reverse(name, args=[argument]), wait_until="networkidle")

    modules = {each.url: each for each in responses if "/static/js/" in each.url}
    names = [HASHED.search(url) and HASHED.search(url)[1] for url in modules]
    kept = {response.headers["cache-control"] for response in modules.values()}
    assert errors == []
    assert len(names) == len(set(names))
    assert set(names) >= {"http", "html", "events", "drafts", "autosave", "import-preview"}
    assert None not in names
    assert kept == {"max-age=315360000, public, immutable"}
