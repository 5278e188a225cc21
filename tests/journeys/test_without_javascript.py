"""The work without JavaScript: a sample's way by plain forms, and every link and form of every page."""

import io
import json
import zipfile
from collections import defaultdict
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import expect

from annotator.accounts.permissions import may
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.training.models import TrainingRun
from tests.factories import make_task
from tests.journeys.world import make_world


@pytest.fixture
def world(fault_remote):
    return make_world(fault_remote)


@pytest.fixture
def page_of(live_server, browser):
    """Opens a browser without JavaScript for a member."""
    contexts = []

    def open_page(member):
        client = Client()
        client.force_login(member.user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
        contexts.append(context)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_sample_is_labelled_and_reviewed_by_plain_forms(world, page_of):
    sample = world.open_sample
    page = page_of(world.annotator)
    page.goto(reverse("annotation:sample", args=[sample.pk]))
    page.get_by_label("Mint").check()
    page.get_by_role("textbox", name="grade").fill("9.5")
    page.get_by_role("textbox", name="note").fill("Without a script.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(str(sample))
    answer = Answer.objects.get(sample=sample)
    assert answer.state == Answer.State.SUBMITTED

    page = page_of(world.reviewer)
    page.goto(reverse("review:list", args=[world.dataset.pk]))
    page.get_by_role("link", name=str(sample)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(sample))
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(str(sample))

    sample.refresh_from_db()
    values = {row.variable.name: row.value for row in sample.values.select_related("variable")}
    assert sample.state == Sample.State.APPROVED
    assert (values["condition"], values["grade"]) == ("Mint", 9.5)
    assert values["note"] == "Without a script."


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_answer_is_returned_by_a_plain_form(world, page_of):
    page = page_of(world.reviewer)
    page.goto(reverse("review:sample", args=[world.answer.pk]))
    page.get_by_role("link", name="Return").click()
    page.get_by_label("grade").last.check()
    page.get_by_role("group", name="Reason").get_by_role("radio").first.check()
    page.get_by_label("What should change?").fill("A 6 at most.")
    page.get_by_role("dialog").get_by_role("button", name="Return").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(str(world.answer.sample))

    world.answer.refresh_from_db()
    assert world.answer.state == Answer.State.RETURNED
    assert world.answer.return_reason.endswith("A 6 at most.")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_admin_asks_filters_trains_and_exports_by_plain_forms(world, page_of):
    task = make_task(datasets=[world.dataset], name="Second grader")
    page = page_of(world.admin)

    page.goto(reverse("datasets:schema", args=[world.dataset.pk]))
    page.get_by_role("link", name="Add a variable").first.click()
    page.get_by_label("Name").fill("edition")
    page.get_by_label("Whole number").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("edition").first).to_be_visible()
    assert world.dataset.variables.filter(name="edition", type="integer").exists()

    page.goto(reverse("datasets:gallery", args=[world.dataset.pk]))
    page.get_by_label("Search names and texts").fill("card-03")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("1 sample")

    page.goto(reverse("training:task", args=[task.pk]))
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_text("Queued").first).to_be_visible()
    assert TrainingRun.objects.get(task=task).state == TrainingRun.State.QUEUED

    page.goto(reverse("datasets:gallery", args=[world.dataset.pk]))
    page.get_by_role("link", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download zip").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        lines = archive.read("train.jsonl").decode().splitlines()
    assert json.loads(json.loads(lines[0])["messages"][-1]["content"][0]["text"])["grade"] == 7.5


class LinksAndForms(HTMLParser):
    """The links and forms of a page: `asked` for by GET, `posted` to by POST."""

    def __init__(self, at, html):
        super().__init__()
        self.at, self.asked, self.posted, self.method = at, set(), set(), "get"
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a" and attributes.get("href"):
            self.note("get", attributes["href"])
        if tag == "form":
            self.method = attributes.get("method", "get").lower()
            self.note(self.method, attributes.get("action") or self.at)
        if attributes.get("formaction"):
            self.note(attributes.get("formmethod", "post"), attributes["formaction"])
        for name, method in (("hx-get", "get"), ("hx-post", "post")):
            if name in attributes:
                self.note(method, attributes[name] or self.at)

    def note(self, method, target):
        target = urlsplit(urljoin(self.at, target))
        if target.scheme or target.netloc or method == "dialog":
            return
        address = target.path + (f"?{target.query}" if target.query else "")
        (self.posted if method == "post" else self.asked).add(address)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["annotator", "reviewer", "admin"])
def test_no_link_is_broken_and_every_form_may_be_sent_by_whom_it_is_shown_to(world, who):
    member = getattr(world, who)
    client = Client()
    client.force_login(member.user)
    wrong, waiting, seen, posted = defaultdict(set), ["/"], {"/"}, set()

    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        if answer.status_code >= 400:
            wrong[path].add(answer.status_code)
        elif answer.status_code in {301, 302}:
            waiting += new_among({answer["Location"]}, seen)
        elif answer["Content-Type"].startswith("text/html") and "?" not in path:
            page = LinksAndForms(path, answer.text)
            waiting += new_among(page.asked, seen)
            for target in page.posted - posted:
                posted.add(target)
                if why_not(member, client, target):
                    wrong[target].add(f"{why_not(member, client, target)}, on {path}")
        elif answer.streaming:
            b"".join(answer.streaming_content)  # closes its file

    assert dict(wrong) == {}
    assert len(seen) > 20


def new_among(addresses, seen):
    """Those not looked at yet; filters that differ in their values alone count as one.

    A page of a filter is looked at, but its own links aren't: there are as many as combinations.
    """
    fresh = []
    for address in sorted(addresses):
        path, _, query = address.partition("?")
        key = f"{path}?{sorted(name for name, _ in parse_qsl(query))}"
        if key not in seen and address not in seen:
            seen |= {key, address}
            fresh.append(address)
    return fresh


def why_not(member, client, target):
    """Why the member cannot send a form there, or nothing."""
    try:
        view = resolve(urlsplit(target).path).func
    except Resolver404:
        return "nobody is there"
    action = getattr(view, "action", None)
    if action is not None and not may(member, action):
        return f"the role does not allow to {action.value}"
    allowed = client.options(target).headers.get("Allow", "POST")
    return "" if "POST" in allowed else f"takes {allowed} only"
