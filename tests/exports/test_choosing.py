"""The page where an export is chosen: who may, what it counts and names, what it sends."""

import io
import json
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample
from annotator.exports.formats import FORMATS
from annotator.exports.formats.trl import TrlExport
from annotator.training import preflight
from tests.exports.shapes import labelled, make_graded, unzip
from tests.factories import make_member, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_graded()


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ANNOTATOR, 403), (Role.REVIEWER, 200), (Role.ADMIN, 200)]
)
def test_reviewers_and_admins_download(client, dataset, role, status):
    labelled(dataset, number=1)
    client.force_login(make_member(role, workspace=dataset.workspace).user)

    response = client.get(reverse("exports:download", args=[dataset.pk]))

    assert response.status_code == status
    if status == 200:
        assert zipfile.ZipFile(io.BytesIO(response.getvalue())).testzip() is None


def test_an_outsider_finds_nothing(client, dataset):
    client.force_login(make_member(Role.ADMIN).user)

    assert client.get(reverse("exports:download", args=[dataset.pk])).status_code == 404


def test_the_page_says_how_many_samples_go_in(client, dataset):
    first = labelled(dataset, number=1)
    first.move(to="submitted", only_from=["approved"])
    labelled(dataset, number=2, test=True)
    create_sample(dataset, by=None)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    address = reverse("exports:choose", args=[dataset.pk])

    complete = client.get(address).context["counts"]
    approved_only = client.get(address, {"approved": "1"}).context["counts"]

    assert complete == {"train": 1, "test": 1, "others": 1}
    assert approved_only == {"train": 0, "test": 1, "others": 2}


def test_a_template_that_no_longer_fits_is_counted_and_named(client, dataset):
    labelled(dataset, number=1)
    dataset.variables.filter(name="explain").update(removed_at=timezone.now())
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    response = client.get(reverse("exports:choose", args=[dataset.pk]))
    task = make_task(workspace=dataset.workspace, datasets=[dataset])
    result = preflight.check(task)

    assert response.context["counts"] == {"train": 0, "test": 0, "others": 1}
    assert "There is no variable “explain”" in response.text
    assert (result.train, result.excluded, result.ok) == (0, 1, False)
    assert any("There is no variable “explain”" in warning for warning in result.warnings)
    with unzip(TrlExport(dataset)) as archive:
        assert json.loads(archive.read("manifest.json"))["samples"]["left_out"] == 1


def test_places_that_nothing_fills_are_counted_everywhere(client, dataset):
    labelled(dataset, number=1)
    dataset.samples.filter(pk=labelled(dataset, number=2).pk).update(input_meta_data={})
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    task = make_task(workspace=dataset.workspace, datasets=[dataset])

    page = client.get(reverse("exports:choose", args=[dataset.pk])).text

    assert "Nothing fills <code>kind</code> in the prompt of 1 sample" in page
    assert any("{{kind}}" in warning for warning in preflight.check(task).warnings)
    with unzip(TrlExport(dataset)) as archive:
        assert "Nothing fills `kind` in the prompt of 1 " in archive.read("README.md").decode()
        assert json.loads(archive.read("manifest.json"))["empty_places"] == {"kind": 1}


class NamesOnly(TrlExport):
    """A second format: the names of the samples, one a line."""

    name = "names"
    label = "Names"
    about = "A zip with names.txt."

    def lines(self, split):
        for row, _ in self.samples(split):
            yield json.dumps(str(row.sample)).encode() + b"\n"

    def members(self):
        yield "names.txt", self.lines("train")


def test_a_registered_format_is_offered_and_downloaded(client, dataset, monkeypatch):
    labelled(dataset, number=1, name="One")
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    choose, download = (
        reverse(f"exports:{name}", args=[dataset.pk]) for name in ("choose", "download")
    )

    monkeypatch.setitem(FORMATS, "names", NamesOnly)
    page = client.get(choose, {"format": "names"}).text
    zipped = client.get(download, {"format": "names"}).getvalue()

    assert "For people and other tools" in page
    assert 'value="xlsx"><span>Excel</span>' in page
    assert client.get(download, {"format": "jsonl"}).status_code == 200  # what TRL was called
    assert "A zip with names.txt." in page
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.namelist() == ["names.txt"]
        assert archive.read("names.txt") == b'"One"\n'
    assert client.get(download, {"format": "tar"}).status_code == 404
