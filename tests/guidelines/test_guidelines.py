"""Guidelines: written in versions, rendered safely, read by each person, opened beside the form."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Role
from annotator.errors import Conflict
from annotator.guidelines.actions import mark_read, save_guideline
from annotator.guidelines.models import Guideline, Reading
from annotator.guidelines.rendering import rendered
from annotator.images.models import Image
from tests import pictures
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_sample,
    make_user,
    make_variable,
    make_workspace,
)

pytestmark = pytest.mark.django_db

HOSTILE = """# Grades

<script>alert(1)</script> <b onclick=x>bold</b>

[run](javascript:alert(1)) [site](https://example.org "There") ![spy](https://evil.example/p.png)
![other](image:00000000-0000-4000-8000-000000000007)

| a | b |
|---|--:|
| 1 | **2** |
"""


@pytest.fixture
def dataset():
    return make_variable().dataset


@pytest.fixture
def admin(dataset):
    return make_member(Role.ADMIN, workspace=dataset.workspace)


def browser_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def page_of(dataset, name="guidelines"):
    return reverse(f"guidelines:{name}", args=[dataset.pk])


def test_what_is_written_can_do_nothing_and_loads_nothing_from_elsewhere(dataset):
    image = make_image(dataset.workspace)
    theirs = make_image(make_workspace())

    html = rendered(
        f"{HOSTILE}\n![mine](image:{image.pk}) ![theirs](image:{theirs.pk})", dataset.workspace
    )

    assert "<h2>Grades</h2>" in html
    assert "<strong>2</strong>" in html
    assert "&lt;script&gt;" in html
    for bad in ("<script", "<b", "javascript:", "evil.example", "style=", str(theirs.pk)):
        assert bad not in html.replace("[run](javascript:alert(1))", "")
    assert '<a href="https://example.org" title="There"' in html
    assert html.count("<img") == 1
    assert f'src="{image.preview_url}" alt="mine"' in html
    assert "spy" in html


def test_a_manager_writes_versions_with_pictures_and_a_late_second_one_loses_nothing(
    dataset, admin
):
    client, page = browser_of(admin), page_of(dataset, "write")
    file = SimpleUploadedFile("front side.png", pictures.picture(64, 48, seed=3))

    added = client.post(page, {"text": "# Look", "version": 0, "add": 1, "files": file})
    text = added.context["form"]["text"].value()
    preview = client.post(
        page,
        {"text": text, "version": 0, "preview": 1},
        headers={"HX-Request": "true", "HX-Target": "preview"},
    )
    empty = client.post(page, {"text": " ", "version": 0})
    client.post(page, {"text": text, "version": 0})
    late = client.post(page, {"text": "Mine", "version": 0})
    again = client.post(page, {"text": "Mine", "version": late.context["form"]["version"].value()})

    image = Image.objects.get()
    assert text == f"# Look\n\n![front side.png](image:{image.pk})\n"
    assert image.preview_url in preview.text
    assert preview.text.count("<section") == 1
    assert (empty.status_code, late.status_code, again.status_code) == (422, 422, 302)
    assert "Somebody has saved version 1 meanwhile" in late.text
    assert "Mine" in late.text
    assert list(Guideline.objects.values_list("version", "text")) == [
        (2, "Mine"),
        (1, text.strip()),
    ]
    assert AuditEvent.objects.filter(action="guideline.save").count() == 2
    first = client.get(page_of(dataset) + "?version=1")
    assert "Version 1 of" in first.text
    assert client.get(page_of(dataset) + "?version=9").status_code == 404


def test_two_who_save_the_same_version_at_once_are_told(dataset, admin, monkeypatch):
    save_guideline(dataset, "One", seen_version=0, by=admin.user)
    monkeypatch.setattr(Guideline.objects, "newest", lambda _: None)

    with pytest.raises(Conflict, match="version 1"):
        save_guideline(dataset, "Other", seen_version=0, by=admin.user)


@pytest.mark.both_databases
def test_each_person_reads_each_version_once_and_managers_see_who_has(dataset, admin):
    anna = make_member(workspace=dataset.workspace, user=make_user(username="anna"))
    save_guideline(dataset, "First", seen_version=0, by=admin.user)
    browser, url = browser_of(anna), page_of(dataset)
    sample = make_sample(dataset=dataset)

    def beside():
        html = browser.get(reverse("annotation:sample", args=[sample.pk])).text
        version, rest = re.search(r'data-guidelines="(\d+)"([^>]*)>', html).groups()
        return int(version), "data-new" in rest

    assert beside() == (1, True)
    assert "I have read this" in browser.get(url).text
    assert "Not yet: anna" in " ".join(browser_of(admin).get(url).text.split())
    assert "First" in browser.post(page_of(dataset, "read"), {"beside": 1}).text
    assert browser.post(page_of(dataset, "read")).status_code == 302
    assert beside() == (1, False)
    save_guideline(dataset, "Second", seen_version=1, by=admin.user)
    assert beside() == (2, True)
    mark_read(Guideline.objects.newest(dataset), anna.user)
    assert beside() == (2, False)
    assert Reading.objects.visible_to(anna).count() == 2
    assert Reading.objects.visible_to(admin).count() == 4


def test_who_may_not_write_is_refused_and_an_outsider_finds_nothing(dataset, admin):
    reviewer = browser_of(make_member(Role.REVIEWER, workspace=dataset.workspace))
    outsider = browser_of(make_member(Role.ADMIN))
    typed = {"text": "x", "version": 0}

    assert reviewer.post(page_of(dataset, "write"), typed).status_code == 403
    assert outsider.post(page_of(dataset, "write"), typed).status_code == 404
    assert outsider.post(page_of(dataset, "read")).status_code == 404
    assert reviewer.post(page_of(dataset, "read")).status_code == 404, "there are none"
    assert "No guidelines yet" in reviewer.get(page_of(dataset)).text
    assert not Guideline.objects.exists()


def test_more_versions_and_readers_cost_no_more_queries(dataset, admin):
    client = browser_of(admin)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page_of(dataset)).status_code == 200
        return len(captured)

    save_guideline(dataset, "1", seen_version=0, by=admin.user)
    queries()
    before = queries()
    for number in range(1, 4):
        save_guideline(dataset, str(number + 1), seen_version=number, by=admin.user)
        mark_read(Guideline.objects.newest(dataset), make_member(workspace=dataset.workspace).user)

    assert queries() == before


def test_a_dataset_without_guidelines_shows_nothing_beside_its_forms():
    sample = make_sample(dataset=make_dataset())
    member = make_member(workspace=sample.dataset.workspace)

    page = browser_of(member).get(reverse("annotation:sample", args=[sample.pk]))

    assert "data-guidelines" not in page.text
