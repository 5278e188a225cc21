"""Imports of a file from its address: pictures and answers, by page and command, interrupted, refused."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Sample, VariableValue
from annotator.imports import actions, fetching, reading, spool
from annotator.imports.answers import actions as answers
from annotator.imports.answers.mapping import targets_of
from annotator.imports.models import AnswerImport, ImageImport
from tests.factories import make_member, make_sample, make_variable
from tests.file_server import File, serving
from tests.imports.answering import work_all
from tests.imports.importing import read_all, zipped
from tests.pictures import picture

pytestmark = pytest.mark.django_db

TABLE = b"name,grade\na,7.5\nb,3\n"
PICTURES = zipped({"one.png": picture(seed=0), "two.png": picture(seed=1)})


@pytest.fixture
def file(settings, monkeypatch):
    monkeypatch.setattr(fetching, "FIRST_WAIT_SECONDS", 0.01)
    file = File(TABLE)
    with serving(file) as address:
        settings.PRIVATE_REMOTES = frozenset([address.removeprefix("http://")])
        file.address = address
        yield file


@pytest.fixture
def graded(dataset):
    make_variable(dataset=dataset, name="grade", type="float")
    for name in ("a", "b"):
        make_sample(dataset=dataset, name=name)
    return dataset


def test_answers_come_from_an_address_that_is_forgotten_but_for_its_place(graded, file):
    file.breaks_off = 1
    address = f"{file.address}/export?token=secret"

    answer_import = work_all(answers.begin(graded, by=None, address=address))

    assert (answer_import.state, answer_import.name) == ("mapping", "export.csv")
    assert answer_import.address == f"{file.address}/export"
    answers.choose_columns(answer_import, targets_of(answer_import.mapping), standing="accepted")
    answers.start_import(answer_import, by=None)
    work_all(answer_import)
    assert set(VariableValue.objects.values_list("value", flat=True)) == {7.5, 3.0}


def test_a_zip_of_pictures_goes_on_after_its_worker_was_lost(dataset, file):
    file.data, file.kind = PICTURES, "application/zip"
    image_import = actions.begin(dataset, by=None, address=f"{file.address}/set.zip")

    assert reading.work(image_import, seconds=0)  # the time is over with the first piece
    image_import.refresh_from_db()
    assert image_import.state in ("fetching", "running")
    read_all(image_import)

    assert image_import.state == "done"
    assert sorted(Sample.objects.values_list("name", flat=True)) == ["one", "two"]
    assert not spool.folder_of(image_import).exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "text/html"}, "leads to a web page"),
        ({"status": 404}, "no file at this address"),
        ({"status": 503}, "Import it again later"),
        ({"breaks_off": 99, "gives_parts": False}, "only as a whole"),
    ],
)
def test_what_cannot_be_had_ends_the_import_with_what_to_do(dataset, file, change, message):
    for name, value in change.items():
        setattr(file, name, value)

    address = f"{file.address}/a.csv?token=secret"
    answer_import = work_all(answers.begin(dataset, by=None, address=address))
    image_import = actions.begin(dataset, by=None, address=address)
    read_all(image_import)

    assert {answer_import.address, image_import.address} == {f"{file.address}/a.csv"}
    assert (answer_import.state, image_import.state) == ("failed", "failed")
    assert message in answer_import.error
    assert message in image_import.error


def test_pictures_that_rows_name_by_address_are_downloaded_when_that_is_chosen(
    client, dataset, file, admin, tmp_path
):
    make_variable(dataset=dataset, name="grade", type="float")
    file.data, file.kind = picture(seed=1), "image/png"
    path = tmp_path / "labels.csv"
    with serving(File()) as other:  # a private one that nobody has allowed
        path.write_text(f"image,grade\n{file.address}/card.png?key=1,7\n{other}/gone.png,8\n")
        one = work_all(answers.begin(dataset, by=admin.user, path=path))
        client.force_login(admin.user)
        url = reverse("imports:answers_columns", args=[one.pk])
        fields = {"standing": "accepted", "use-0": "images", "use-1": "variable:grade"}
        assert "Download pictures" in client.get(reverse("imports:answers", args=[one.pk])).text

        client.post(url, fields)
        assert (work_all(one).samples_made, one.refused) == (0, 2)
        client.post(url, fields | {"fetch_pictures": "on"})
        assert (work_all(one).samples_made, one.refused, file.ranges) == (2, 0, [])
        answers.start_import(one, by=admin.user)
        work_all(one)

    assert (one.samples_made, one.refused) == (1, 1)
    assert "private network" in one.refusals.get().reason
    made = Sample.objects.get(removed_at=None)
    assert (made.name, made.images.count()) == ("card", 1)
    path.write_text(f"image,grade\n{file.address}/card.png?key=1,7\n")
    again = work_all(answers.begin(dataset, by=None, path=path))
    targets = targets_of(again.mapping)
    answers.choose_columns(again, targets, standing="accepted", fetches_pictures=True)
    answers.start_import(again, by=None)
    assert (work_all(again).values_equal, again.samples_made) == (1, 0)
    assert len(file.ranges) == 1


def test_a_private_address_is_refused_by_the_worker(dataset, file, settings):
    settings.PRIVATE_REMOTES = frozenset()

    answer_import = work_all(answers.begin(dataset, by=None, address=f"{file.address}/a.csv"))

    assert "private network" in answer_import.error
    assert file.ranges == []


def test_one_that_is_cancelled_while_it_comes_keeps_nothing(dataset, file):
    address = f"{file.address}/a.zip?token=secret"
    image_import = actions.begin(dataset, by=None, address=address)
    answer_import = answers.begin(dataset, by=None, address=address)
    spool.folder_of(image_import).mkdir(parents=True)

    actions.cancel(image_import, by=None)
    answers.cancel(answer_import, by=None)

    assert not reading.work(image_import, seconds=60)
    image_import.refresh_from_db()
    assert {answer_import.address, image_import.address} == {f"{file.address}/a.zip"}
    assert file.ranges == []
    assert not spool.folder_of(image_import).exists()


@pytest.mark.parametrize("name", ["imports:new", "imports:answers_new"])
def test_the_pages_take_an_address_and_no_files_beside_it(client, dataset, file, admin, name):
    client.force_login(admin.user)
    url = reverse(name, args=[dataset.pk])
    choices = {"grouping": "each", "test_percent": "0", "address": f"{file.address}/a.zip"}

    wrong = client.post(url, choices | {"address": "ftp://host/a"})
    both = client.post(url, choices | {"pictures": SimpleUploadedFile("a.csv", TABLE)})
    beside = client.post(url, choices, headers={"Accept": "application/json"})
    fine = client.post(url, choices)

    assert (wrong.status_code, both.status_code, beside.status_code) == (422, 422, 400)
    assert "begins with http" in wrong.content.decode()
    assert "not both" in both.content.decode()
    assert "not both" in beside.json()["detail"]
    page = client.get(fine["Location"]).content.decode()
    assert "Downloading" in page
    assert re.search(r"127\.0\.0\.1", page)
    assert ImageImport.objects.count() + AnswerImport.objects.count() == 1


def test_an_annotator_downloads_nothing(client, dataset, file):
    client.force_login(make_member(Role.ANNOTATOR, workspace=dataset.workspace).user)

    fields = {"address": f"{file.address}/a.csv"}

    assert client.post(reverse("imports:answers_new", args=[dataset.pk]), fields).status_code == 403
    assert client.post(reverse("imports:new", args=[dataset.pk]), fields).status_code == 403


def test_the_commands_take_an_address(graded, file):
    out = io.StringIO()
    call_command("import_answers", f"{file.address}/a.csv", dataset=str(graded), stdout=out)
    assert "2 new values" in out.getvalue()

    file.data, file.kind = PICTURES, "application/zip"
    call_command("import_images", f"{file.address}/a.zip", dataset=str(graded), stdout=out)
    assert "2 samples from 2 pictures" in out.getvalue()
    file.status = 404
    with pytest.raises(CommandError, match="no file at this address"):
        call_command("import_images", f"{file.address}/a.zip", dataset=str(graded))
