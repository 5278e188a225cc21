"""The screens of mirroring, from browsing a remote to the report of a run."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Dataset
from annotator.images.models import Image
from annotator.mirror import actions
from annotator.mirror.models import MirrorRun
from tests.factories import make_member, make_remote
from tests.faults import reset

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_member(Role.ADMIN)


@pytest.fixture
def remote(admin, fault_remote):
    return make_remote(fault_remote, workspace=admin.workspace)


@pytest.fixture
def browser(client, admin):
    """The admin's browser."""
    client.force_login(admin.user)
    return client


def test_an_admin_goes_from_the_list_to_a_finished_mirror(
    browser, remote, there, queued_jobs, django_capture_on_commit_callbacks
):
    page = browser.get(reverse("mirror:browse", args=[remote.pk]))
    assert "Shoes" in page.text
    assert "not mirrored" in page.text

    page = browser.get(reverse("mirror:plan", args=[remote.pk, there["id"]]))
    assert "grade" in page.text
    assert not Dataset.objects.exists()

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("mirror:start", args=[remote.pk, there["id"]]))
    run = MirrorRun.objects.get()
    assert answer.url == reverse("mirror:run", args=[run.pk])
    assert queued_jobs == [("annotator.mirror.jobs.run_steps", (str(run.pk),))]

    page = browser.get(answer.url)
    assert "every 2s" in page.text
    while actions.run_steps(run.pk):
        pass
    page = browser.get(answer.url)
    assert "every 2s" not in page.text
    assert "New samples" in page.text

    page = browser.get(reverse("mirror:browse", args=[remote.pk]))
    assert "Mirror again" in page.text


def test_files_have_a_bar_of_their_own_until_the_last_is_here(browser, remote, there, monkeypatch):
    monkeypatch.setattr("annotator.mirror.actions.running.CHUNK_SECONDS", 0)  # a step at a time
    run = actions.start_mirror(remote, there["id"], None)
    while MirrorRun.objects.get().stage != MirrorRun.Stage.IMAGES:
        actions.run_steps(run.pk)
    address = reverse("mirror:run", args=[run.pk])
    files = Image.objects.count()

    page = browser.get(address)
    assert "3 of 3" in page.text
    assert f"0 of {files}" in page.text
    while actions.run_steps(run.pk):
        pass
    Image.objects.filter(pk=Image.objects.first().pk).update(state=Image.State.PENDING)
    page = browser.get(address)
    assert f"{files - 1} of {files}" in page.text
    assert "every 5s" in page.text
    Image.objects.update(state=Image.State.STORED)
    page = browser.get(address)
    assert "every 5s" not in page.text
    assert "Image files here" in page.text


def test_the_plan_says_what_cannot_be_read(browser, remote, platform, there):  # Q1
    platform.values_readable = False

    page = browser.get(reverse("mirror:plan", args=[remote.pk, there["id"]]))

    assert "does not show" in page.text


def test_a_remote_that_is_away_is_said_so(browser, remote, there, fault_remote):
    fault_remote.always("GET", "/vlm/", reset())

    for address in (
        reverse("mirror:browse", args=[remote.pk]),
        reverse("mirror:plan", args=[remote.pk, there["id"]]),
    ):
        page = browser.get(address)
        assert page.status_code == 200
        assert "connection broke" in page.text


def test_htmx_gets_the_part_and_a_boosted_link_the_page(browser, remote, there):
    run = actions.start_mirror(remote, there["id"], None)
    address = reverse("mirror:run", args=[run.pk])

    part = browser.get(address, headers={"HX-Request": "true", "HX-Target": "run"})
    page = browser.get(address, headers={"HX-Request": "true", "HX-Boosted": "true"})

    assert part.text.lstrip().startswith("<section")
    assert "<html" in page.text


def test_cancelling_and_resuming(browser, remote, there):
    run = actions.start_mirror(remote, there["id"], None)

    browser.post(reverse("mirror:cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"
    page = browser.post(reverse("mirror:resume", args=[run.pk]), follow=True)

    run.refresh_from_db()
    assert run.state == "queued"
    assert "Queued" in page.text


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_hostile_names_are_only_text(browser, remote, platform, there, hostile):
    there["name"] = there["description"] = hostile
    next(iter(platform.variables.values()))["description"] = hostile
    run = actions.start_mirror(remote, there["id"], None, name=hostile)

    for address in (
        reverse("mirror:browse", args=[remote.pk]),
        reverse("mirror:plan", args=[remote.pk, there["id"]]),
        reverse("mirror:run", args=[run.pk]),
        reverse("mirror:runs", args=[remote.pk]),
    ):
        assert hostile not in browser.get(address).text


def posts(remote, run):
    return [
        reverse("mirror:start", args=[remote.pk, "x"]),
        reverse("mirror:cancel", args=[run.pk]),
        reverse("mirror:resume", args=[run.pk]),
        reverse("mirror:retry_images", args=[run.pk]),
    ]


def test_a_reviewer_watches_and_starts_nothing(client, admin, remote, there):
    run = actions.start_mirror(remote, there["id"], None)
    client.force_login(make_member(Role.REVIEWER, workspace=admin.workspace).user)

    assert client.get(reverse("mirror:run", args=[run.pk])).status_code == 200
    assert client.get(reverse("mirror:runs", args=[remote.pk])).status_code == 200
    assert {client.post(address).status_code for address in posts(remote, run)} == {403}
    assert client.get(reverse("mirror:browse", args=[remote.pk])).status_code == 403


def test_another_workspace_finds_nothing(client, remote, there, fault_remote):
    run = actions.start_mirror(remote, there["id"], None)
    client.force_login(make_member(Role.ADMIN).user)
    gets = [
        reverse("mirror:browse", args=[remote.pk]),
        reverse("mirror:plan", args=[remote.pk, there["id"]]),
        reverse("mirror:runs", args=[remote.pk]),
        reverse("mirror:run", args=[run.pk]),
    ]

    assert {client.get(address).status_code for address in gets} == {404}
    assert {client.post(address).status_code for address in posts(remote, run)} == {404}
    assert MirrorRun.objects.count() == 1
    assert fault_remote.calls() == []


def test_more_runs_cost_no_more_queries(browser, remote):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse("mirror:runs", args=[remote.pk]))
        return len(captured)

    actions.start_mirror(remote, "one", remote.created_by)
    queries()
    few = queries()
    for number in range(10):
        actions.start_mirror(remote, f"more-{number}", remote.created_by)

    assert queries() == few
