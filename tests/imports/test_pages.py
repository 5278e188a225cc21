"""The import page, what it sends, the report: by the right people and without JavaScript."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Dataset, Sample
from annotator.imports import actions, reading, views
from annotator.imports.models import ImageImport, ImportedFile
from tests.factories import make_member, make_remote
from tests.pictures import picture

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def enqueued(monkeypatch):
    jobs = []
    monkeypatch.setattr(views, "enqueue_on_commit", lambda job, *args: jobs.append(args))
    return jobs


@pytest.fixture
def page(client, admin, dataset):
    """The client signed in, and the page's address."""
    client.force_login(admin.user)
    return client, reverse("imports:new", args=[dataset.pk])


def upload(name, data=None):
    return SimpleUploadedFile(name, picture(seed=hash(name)) if data is None else data)


def choices(**fields):
    return {"grouping": "each", "test_percent": "0", **fields}


def make_import(dataset, count=0, state=ImageImport.State.RECEIVING):
    image_import = actions.begin(dataset, by=None)
    for number in range(count):
        actions.receive(image_import, path=f"{number}.png", chunks=[picture(seed=number)])
    if state != ImageImport.State.RECEIVING:
        actions.start(image_import, by=None)
    if state == ImageImport.State.DONE:
        while reading.work(image_import, seconds=60):
            pass
        image_import.refresh_from_db()
    return image_import


# The form without JavaScript -------------------------------------------------------------------


def test_a_plain_form_brings_pictures_and_leads_to_the_report(page, enqueued):
    client, url = page
    files = {"pictures": [upload("a.png"), upload("b.png")], "folder": [upload("a.png", b"no")]}

    response = client.post(url, choices(grouping="prefix", test_percent="30") | files)

    image_import = ImageImport.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("imports:detail", args=[image_import.pk])
    assert image_import.state == ImageImport.State.RUNNING
    assert (image_import.grouping, image_import.test_percent) == ("prefix", 30)
    # Two files of one name are two files: a form carries no folders.
    assert set(image_import.files.values_list("path", flat=True)) == {"a.png", "2/a.png", "b.png"}
    assert enqueued == [(str(image_import.pk),)]


@pytest.mark.parametrize(
    "fields", [{}, {"pictures": [], "grouping": "odd"}, {"test_percent": "101"}]
)
def test_a_form_that_is_wrong_is_drawn_again(page, fields):
    client, url = page

    response = client.post(url, choices(**fields))

    assert response.status_code == 422
    assert not ImageImport.objects.exists()


def test_the_page_offers_files_folders_and_the_groupings(page):
    client, url = page

    html = client.get(url).content.decode()

    assert 'enctype="multipart/form-data"' in html
    assert "webkitdirectory" in html
    assert "HEIC, AVIF, TIFF and BMP, up to 20 MB each" in html
    assert 'accept="image/*,.heic' in html
    assert html.count('name="grouping"') == 3


def test_a_mirrored_dataset_says_where_its_pictures_come_from(page, admin):
    client, url = page
    Dataset.objects.update(remote=make_remote(workspace=admin.workspace), remote_key="there")

    assert b"Its home is on a remote" in client.get(url).content
    assert client.post(url, choices(pictures=[upload("a.png")])).status_code == 409


# Batches ---------------------------------------------------------------------------------------


def test_files_come_in_batches_and_are_started_once(page, enqueued):
    client, url = page

    made = client.post(url, choices(), headers=JSON)
    assert made.status_code == 201
    addresses = made.json()
    for paths in (["f/1.png", "f/2.png"], ["f/2.png", "f/3.png"]):
        body = {"files": [upload(path) for path in paths], "paths": json.dumps(paths)}
        answer = client.post(addresses["files_url"], body, headers=JSON)
        assert answer.json() == {"received": 2}
    received = client.get(addresses["files_url"], headers=JSON).json()
    started = [client.post(addresses["start_url"], headers=JSON).json() for _ in range(2)]

    assert sorted(received["paths"]) == ["f/1.png", "f/2.png", "f/3.png"]
    assert started[0] == started[1]
    assert len(enqueued) == 1


@pytest.mark.parametrize("paths", ["", "{}", "[1]", "[]", '["a", "b"]', "[" * 100_000])
def test_files_without_their_paths_are_refused(page, dataset, paths):
    client, _ = page
    url = reverse("imports:files", args=[make_import(dataset).pk])

    response = client.post(url, {"files": [upload("a.png")], "paths": paths}, headers=JSON)

    assert response.status_code == 400
    assert "path" in response.json()["detail"]
    assert not ImportedFile.objects.exists()


def test_a_full_disk_is_told_as_such(page, dataset, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(actions.spool, "write", full)
    client, _ = page
    url = reverse("imports:files", args=[make_import(dataset).pk])

    response = client.post(url, {"files": [upload("a.png")], "paths": '["a.png"]'}, headers=JSON)

    assert response.status_code == 507
    assert not ImportedFile.objects.exists()


def test_a_wrong_choice_is_told_as_json_to_a_script(page):
    client, url = page

    response = client.post(url, choices(grouping="odd"), headers=JSON)

    assert response.status_code == 422
    assert "grouping" in response.json()["fields"]


def test_an_unfinished_upload_can_be_taken_up_again(page, dataset):
    client, _ = page
    image_import = make_import(dataset, 3)

    html = client.get(reverse("imports:resume", args=[image_import.pk])).content.decode()

    assert "3 files of an unfinished upload are here" in html
    assert f'data-files-url="{reverse("imports:files", args=[image_import.pk])}"' in html


def test_an_import_that_has_started_cannot_be_taken_up_again(page, dataset):
    client, _ = page
    image_import = make_import(dataset, 1, ImageImport.State.RUNNING)

    response = client.get(reverse("imports:resume", args=[image_import.pk]))

    assert response.status_code == 302


# The report ------------------------------------------------------------------------------------


def test_the_report_shows_each_file_with_its_fate(page, dataset):
    client, _ = page
    image_import = actions.begin(dataset, by=None)
    for path, data in {"a.png": picture(), "b.png": picture(), "c.txt": b"no"}.items():
        actions.receive(image_import, path=path, chunks=[data])
    actions.start(image_import, by=None)
    reading.work(image_import, seconds=60)
    url = reverse("imports:detail", args=[image_import.pk])

    everything = client.get(url).content.decode()
    refused = client.get(url, {"state": "refused"}).content.decode()

    assert "from 1 picture; 1 was here already; 1 was refused" in " ".join(everything.split())
    assert all(name in everything for name in ("a.png", "b.png", "c.txt"))
    assert "c.txt" in refused
    assert "b.png" not in refused


def test_the_report_leads_on_to_labelling(page, dataset):
    client, _ = page
    image_import = make_import(dataset, 1, ImageImport.State.DONE)

    html = client.get(reverse("imports:detail", args=[image_import.pk])).content.decode()

    assert f'href="{reverse("annotation:next", args=[dataset.pk])}"' in html


def test_a_running_import_asks_for_itself_and_an_ended_one_does_not(page, dataset):
    client, _ = page
    running = make_import(dataset, 1, ImageImport.State.RUNNING)
    url = reverse("imports:detail", args=[running.pk])
    htmx = {"HX-Request": "true", "HX-Target": "import"}

    part = client.get(url, headers=htmx).content.decode()
    assert part.count("<section") == 1
    assert "<html" not in part
    assert f'hx-get="{url}"' in part

    reading.work(running, seconds=60)
    assert "hx-get" not in client.get(url, headers=htmx).content.decode()


def test_more_files_cost_no_more_queries(page, dataset, django_assert_max_num_queries):
    client, _ = page
    few = make_import(dataset, 2, ImageImport.State.DONE)
    many = make_import(dataset, 30, ImageImport.State.DONE)
    counts = []

    for image_import in (few, many):
        with django_assert_max_num_queries(20) as asked:
            client.get(reverse("imports:detail", args=[image_import.pk]))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_more_imports_cost_no_more_queries(page, dataset, django_assert_max_num_queries):
    client, url = page
    counts = []

    for _ in range(2):
        make_import(dataset)
        make_import(dataset)
        with django_assert_max_num_queries(20) as asked:
            client.get(url)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_long_report_has_pages(page, dataset):
    client, _ = page
    image_import = make_import(dataset)
    rows = [ImportedFile(image_import=image_import, path=f"{n:03}.png") for n in range(120)]
    ImportedFile.objects.bulk_create(rows)
    url, seen = reverse("imports:detail", args=[image_import.pk]), []

    query = "?"
    while query:
        context = client.get(url + query).context
        seen += [file.path for file in context["page"].rows]
        query = context["pager"]["next_query"]

    assert seen == [row.path for row in rows]


def test_the_report_can_be_taken_along_and_holds_no_formulas(page, dataset):
    client, _ = page
    image_import = make_import(dataset)
    for path in ("a.png", "=1+1.png"):
        actions.receive(image_import, path=path, chunks=[picture()])

    response = client.get(reverse("imports:report_csv", args=[image_import.pk]))

    lines = list(csv.reader(io.StringIO(b"".join(response).decode())))
    assert lines[0] == ["file", "state", "reason", "image", "sample"]
    assert [line[0] for line in lines[1:]] == ["'=1+1.png", "a.png"]
    assert response["Content-Disposition"].startswith("attachment")


def test_an_import_is_cancelled_once(page, dataset):
    client, _ = page
    image_import = make_import(dataset, 2, ImageImport.State.RUNNING)
    url = reverse("imports:cancel", args=[image_import.pk])

    first, second = client.post(url), client.post(url)

    assert (first.status_code, second.status_code) == (302, 409)
    assert not Sample.objects.exists()


# Who may ---------------------------------------------------------------------------------------


def all_addresses(image_import):
    names = ["detail", "resume", "files", "report_csv"]
    reads = [reverse(f"imports:{name}", args=[image_import.pk]) for name in names]
    posts = [reverse(f"imports:{name}", args=[image_import.pk]) for name in ("start", "cancel")]
    new = reverse("imports:new", args=[image_import.dataset_id])
    posts += [new, f"{new}preview/"]
    return [("get", url) for url in [*reads, new]] + [("post", url) for url in posts]


@pytest.mark.parametrize(
    ("role", "is_member", "status"),
    [(Role.ANNOTATOR, True, 403), (Role.ADMIN, False, 404), (Role.REVIEWER, False, 404)],
)
def test_others_can_neither_see_nor_change_an_import(client, dataset, role, is_member, status):
    image_import = make_import(dataset, 1)
    workspace = dataset.workspace if is_member else None
    client.force_login(make_member(role, workspace=workspace).user)

    for method, url in all_addresses(image_import):
        assert getattr(client, method)(url).status_code == status, url

    image_import.refresh_from_db()
    assert image_import.state == ImageImport.State.RECEIVING


def test_nobody_who_is_not_signed_in_gets_anything(client, dataset):
    image_import = make_import(dataset, 1)

    for method, url in all_addresses(image_import):
        assert getattr(client, method)(url).status_code == 302, url
        assert getattr(client, method)(url, headers=JSON).status_code == 401, url


@pytest.mark.parametrize(
    ("names", "grouping", "percent"),
    [
        ([f"{n}.png" for n in range(5)], "each", 50),
        ([f"{n}.png" for n in range(3)], "each", 50),
        (["a_1.png", "a_2.png", "b.png", "folder/a_3.png"], "prefix", 34),
        (["x/1.png", "x/2.png", "y/1.png", "__MACOSX/1.png", "../up.png"], "folder", 100),
    ],
)
def test_the_preview_promises_what_the_import_makes(page, dataset, names, grouping, percent):
    client, url = page
    fields = {"grouping": grouping, "test_percent": percent, "paths": json.dumps(names)}

    part = client.post(f"{url}preview/", fields)
    image_import = actions.begin(dataset, grouping=grouping, test_percent=percent, by=None)
    for seed, name in enumerate(names):
        actions.receive(image_import, path=name, chunks=[picture(seed=seed)])
    image_import.files.filter(state="refused").delete()
    actions.start(image_import, by=None)
    reading.work(image_import, seconds=60)

    samples = dataset.samples.count()
    tests = dataset.samples.filter(test=True).count()
    expected = f"Makes {samples} samples, {tests} of them for tests."
    assert expected in " ".join(part.text.split())
    assert f'data-samples-{grouping}="{samples}"' in part.text
    assert ('value="__MACOSX/1.png"' in part.text) == ("__MACOSX/1.png" in names)


def test_the_preview_counts_zips_apart_and_refuses_choices_that_do_not_exist(page):
    client, url = page
    fields = {"grouping": "each", "test_percent": 10, "paths": '["a.png", "b.ZIP"]'}

    part = client.post(f"{url}preview/", fields)

    assert "Makes 1 sample, and those in the zip." in " ".join(part.text.split())
    assert client.post(f"{url}preview/", fields | {"grouping": "odd"}).status_code == 422
    assert client.post(f"{url}preview/", fields | {"paths": "{}"}).status_code in {400, 422}
