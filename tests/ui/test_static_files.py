"""Static files as production serves them: few, compressed, with hashed names that browsers keep."""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.models import SampleImage
from tests import services
from tests.annotation.conftest import acknowledged
from tests.factories import make_dataset, make_image, make_member, make_sample, make_variable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HASHED = re.compile(r"/static/.+\.[0-9a-f]{12}\.(?:js|css|svg)$")
MAX_REQUESTS = 8  # page, style sheet, modules, htmx, icon; hold, look-ahead
MAX_BYTES = 90_000  # of these


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


@pytest.fixture
def visitor(page, server_url):
    """An admin's browser, with a dataset of two samples and one field."""
    page.member = make_member(Role.ADMIN)
    page.dataset = make_dataset(workspace=page.member.workspace)
    make_variable(dataset=page.dataset, name="note", type="string", required=True)
    page.samples = [make_sample(dataset=page.dataset, name=name) for name in ("one", "two")]
    client = Client()
    client.force_login(page.member.user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server_url}])
    page.errors = []
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


def test_every_page_runs_on_one_bundle_that_the_browser_keeps(visitor, server_url):
    responses = []
    visitor.on("response", lambda response: responses.append(response))
    dataset, sample = visitor.dataset.pk, visitor.samples[0].pk
    places = {
        "annotation:sample": [sample],
        "datasets:sample": [sample],
        "datasets:gallery": [dataset],
        "imports:new": [dataset],
        "accounts:team": [],
        "review:start": [],
        "api:docs": [],
    }

    for name, arguments in places.items():
        responses.clear()
        visitor.goto(server_url + reverse(name, args=arguments), wait_until="networkidle")
        static = [each for each in responses if "/static/" in each.url]
        scripts = [each.url for each in static if each.url.endswith(".js")]
        assert len(scripts) == 2, scripts  # htmx and the page's own
        assert all(HASHED.search(each.url) for each in static)
        kept = {response.headers["cache-control"] for response in static}
        assert kept <= {"max-age=315360000, public, immutable"}

    assert visitor.errors == []


def test_a_cold_labeling_page_is_few_requests_and_bytes(visitor, server_url):
    network = visitor.context.new_cdp_session(visitor)
    network.send("Network.enable")
    sizes = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    address = reverse("annotation:sample", args=[visitor.samples[0].pk])
    visitor.goto(server_url + address, wait_until="networkidle")

    assert len(sizes) <= MAX_REQUESTS
    assert sum(sizes) <= MAX_BYTES


def test_labeling_works_from_its_bundle(visitor, server_url):
    visitor.goto(server_url + reverse("annotation:sample", args=[visitor.samples[0].pk]))

    visitor.get_by_role("textbox", name="note").fill("Clean corners")
    visitor.keyboard.press("Control+Enter")

    expect(visitor.get_by_role("heading", level=1)).to_have_text("two")
    acknowledged(visitor)
    visitor.samples[0].refresh_from_db()
    assert visitor.samples[0].state == "submitted"
    assert visitor.errors == []


def test_the_gallery_fetches_thumbnails_of_the_size_that_it_shows(visitor, server_url):
    image = make_image(visitor.member.workspace, width=900, height=600, kind="JPEG")
    SampleImage.objects.create(sample=visitor.samples[0], image=image)
    pictures = []
    visitor.on("response", lambda each: "/images/" in each.url and pictures.append(each.url))

    visitor.goto(
        server_url + reverse("datasets:gallery", args=[visitor.dataset.pk]),
        wait_until="networkidle",
    )

    assert pictures == [server_url + image.mini_url]
