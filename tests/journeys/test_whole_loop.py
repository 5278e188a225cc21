"""The whole loop as three people: mirror, label, review, mend, push over HTTP, train."""

import json
import re
import time
import urllib.request

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.datasets.models import Dataset, Sample
from annotator.mirror.models import MirrorRun
from annotator.training.models import ModelVersion, Task
from tests.annotation.conftest import acknowledged

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_mirror_label_review_mend_push_and_train(
    live_server, this_server_is_a_remote, platform, people, sign_in, celery_worker, beat
):
    admin = sign_in("admin")
    connect_and_mirror(admin, live_server, people["token"], beat)
    mirrored = Dataset.objects.get(workspace=people["admin"].workspace)

    annotator = sign_in("annotator")
    for number in range(5):
        label_one(annotator, live_server, number)
    until(lambda: mirrored.samples.filter(state="submitted").count() == 5, beat)

    reviewer = sign_in("reviewer")
    accept_four_and_return_one(reviewer, live_server)
    returned = mirrored.samples.get(state=Sample.State.RETURNED)

    mend(annotator, live_server, returned)
    reviewer.goto(f"{live_server.url}/review/")
    expect(reviewer.get_by_role("heading", level=1)).to_have_text(str(returned))
    reviewer.keyboard.press("Enter")
    until(lambda: not mirrored.samples.filter(state__in=["submitted", "returned"]).exists(), beat)

    labelled = [f"card-{number:02}" for number in range(5)]
    until(lambda: all(values_there(live_server, people, name) for name in labelled), beat)
    grades = {values_there(live_server, people, name)["grade"] for name in labelled}
    assert grades == {8.5, 6.0}

    train_and_see_the_version(admin, live_server, mirrored, beat)


def until(condition, beat, *, seconds=60):
    """Wait for what the workers do; beat rings meanwhile."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the workers did not come to it"
        beat()
        time.sleep(0.5)


def connect_and_mirror(page, live_server, token, beat):
    """The admin connects this very server's other workspace and mirrors its dataset."""
    page.goto(live_server.url + reverse("connections:list"))
    page.get_by_role("link", name="Connect a remote").first.click()
    page.get_by_label("Name").fill("Platform")
    page.get_by_label("Address").fill(live_server.url)
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Connect and test").click()
    page.goto(live_server.url + reverse("connections:list"))
    page.get_by_role("link", name="Browse datasets").click()
    page.get_by_role("link", name="Mirror Graded cards").click()
    page.get_by_role("button", name="Start mirroring").click()
    run = page.locator("#main")
    expect(page.get_by_role("heading", level=1)).to_have_text("Graded cards")
    until(lambda: not MirrorRun.objects.active().exists(), beat)
    assert MirrorRun.objects.get().state == MirrorRun.State.DONE, MirrorRun.objects.get().error
    expect(run.locator(".badge", has_text="Done").first).to_be_visible()


def label_one(page, live_server, number):
    """Digits, y, a number, a text, and on: no hand leaves the keyboard."""
    if number == 0:
        page.goto(f"{live_server.url}/label/")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"card-{number:02}")
    page.keyboard.press("2")
    page.keyboard.press("y")
    page.keyboard.type("8.5")
    page.keyboard.press("Tab")
    page.keyboard.type(f"A fine card, number {number}")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(f"card-{number:02}")
    acknowledged(page)


def accept_four_and_return_one(page, live_server):
    """Enter accepts; r, a row and a reason return."""
    page.goto(f"{live_server.url}/review/")
    heading = page.get_by_role("heading", level=1)
    for number in range(4):
        expect(heading).to_have_text(f"card-{number:02}")
        acknowledged(page)
        page.keyboard.press("Enter")
    expect(heading).to_have_text("card-04")
    acknowledged(page)
    page.keyboard.press("r")
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.keyboard.type("A 6 at most.")
    page.keyboard.press("Enter")
    expect(heading).not_to_have_text("card-04")


def mend(page, live_server, sample):
    """The annotator finds it on top of the queue, with the reason at the field."""
    page.goto(f"{live_server.url}/label/")
    expect(page.get_by_role("heading", level=1)).to_have_text(str(sample))
    expect(page.get_by_text("A 6 at most.").first).to_be_visible()
    grade = page.get_by_role("textbox", name=re.compile("^grade"))
    grade.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(str(sample))
    acknowledged(page)


def values_there(live_server, people, name):
    """What the other workspace's API says of a sample, by variable name; None before it is whole."""
    request = urllib.request.Request(
        f"{live_server.url}/vlm/v2/sample/?search={name}&include=values",
        headers={"Authorization": f"Token {people['token']}"},
    )
    with urllib.request.urlopen(request) as answer:
        (row,) = json.load(answer)["results"]
    values = {item["variable_name"]: item["value"] for item in row["sample_variables"]}
    return values if values.get("note", "").startswith("A fine card") else None


def train_and_see_the_version(page, live_server, dataset, beat):
    """The admin makes a task on the mirrored dataset, trains it and reads its figures."""
    page.goto(live_server.url + reverse("training:new"))
    page.get_by_label("Name").fill("Card grader")
    page.get_by_label(dataset.name).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Train").click()
    run = page.locator("#run")
    expect(run).to_be_visible()
    until(lambda: ModelVersion.objects.exists(), beat)
    expect(run.locator(".badge", has_text="Done")).to_be_visible()
    page.get_by_role("link", name="All figures").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 1")
    expect(page.get_by_role("row", name="condition").first).to_contain_text("accuracy")
    task = Task.objects.get(name="Card grader")
    assert (task.last_version, task.production_version) == (1, 1)
    assert ModelVersion.objects.get().metrics["test_samples"] == 4
