"""What was typed comes out of the zip again, exactly; what cannot be written exactly is named."""

import io
import json
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone
from jsonschema import Draft202012Validator

from annotator.accounts.models import Role
from annotator.datasets import training_rows
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.exports.formats import FORMATS
from annotator.exports.formats.trl import TrlExport
from annotator.images.actions import store_image
from annotator.training import preflight
from tests.exports.shapes import run_snippets, snippets
from tests.factories import (
    make_dataset,
    make_member,
    make_prompt,
    make_task,
    make_variable,
    make_workspace,
)
from tests.pictures import picture

pytestmark = pytest.mark.django_db

NASTY = 'Light "wear", {{grade}}\nand a \\ – 漢字 {% x %}'


@pytest.fixture
def dataset():
    workspace = make_workspace()
    template = make_prompt(
        workspace=workspace,
        type="template",
        format="json",
        content='{"grade": {{grade}}, "explain": "{{explain}}"}',
    )
    user = make_prompt(workspace=workspace, content="Grade this {{kind}}.")
    system = make_prompt(workspace=workspace, type="system", content="You grade cards.")
    dataset = make_dataset(
        workspace=workspace, result_template=template, user_prompt=user, system_prompt=system
    )
    make_variable(dataset=dataset, name="grade", required=True, step_size=0.5)
    make_variable(dataset=dataset, name="explain", type="string")
    return dataset


def labelled(dataset, *, number, grade=8.5, explain=NASTY, **fields):
    image, _ = store_image(dataset.workspace, picture(seed=number))
    sample = create_sample(
        dataset, by=None, images=[image], input_meta_data={"kind": "card"}, **fields
    )
    named = {variable.name: variable for variable in dataset.variables.all()}
    given = {named["grade"]: grade, named["explain"]: explain}
    set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return sample


def unzip(export):
    return zipfile.ZipFile(io.BytesIO(b"".join(export.stream())))


def test_the_lines_read_back_are_what_was_typed(dataset):
    first = labelled(dataset, number=1)
    labelled(dataset, number=2, test=True)

    with unzip(TrlExport(dataset)) as archive:
        lines = archive.read("train.jsonl").decode().splitlines()
        names = archive.namelist()

    line = json.loads(lines[0])
    assert (len(lines), line["id"]) == (1, str(first.pk))
    system, user, assistant = line["messages"]
    assert system["content"] == [{"type": "text", "text": "You grade cards."}]
    assert user["content"] == [{"type": "image"}, {"type": "text", "text": "Grade this card."}]
    assert json.loads(assistant["content"][0]["text"]) == {"grade": 8.5, "explain": NASTY}
    assert set(line["images"]) <= set(names)


def test_a_dataset_without_a_template_is_written_as_one_json_object(dataset):
    dataset.result_template = None
    dataset.save()
    labelled(dataset, number=1)

    with unzip(TrlExport(dataset)) as archive:
        line = json.loads(archive.read("train.jsonl"))

    assert json.loads(line["messages"][-1]["content"][0]["text"]) == {
        "grade": 8.5,
        "explain": NASTY,
    }


def test_what_is_incomplete_is_left_out_by_name(dataset):
    labelled(dataset, number=1)
    create_sample(dataset, by=None, name="untouched")

    with unzip(TrlExport(dataset)) as archive:
        manifest = json.loads(archive.read("manifest.json"))

    assert manifest["samples"] == {"train": 1, "test": 0, "left_out": 1}
    assert manifest["left_out"][0]["name"] == "untouched"
    assert "grade" in manifest["left_out"][0]["reason"]


def test_only_approved_samples_go_in_on_demand(dataset):
    labelled(dataset, number=1)
    labelled(dataset, number=2)
    dataset.samples.filter(pk=labelled(dataset, number=3).pk).update(state="returned")

    export = TrlExport(dataset, approved_only=True)
    b"".join(export.stream())

    assert export.counts["train"] == 2


def test_a_picture_of_two_samples_is_written_once_and_equal_data_give_equal_bytes(dataset):
    labelled(dataset, number=1)
    labelled(dataset, number=1)

    first, second = (b"".join(TrlExport(dataset).stream()) for _ in range(2))

    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("images/")]
    assert len(pictures) == 1
    assert first == second


def test_more_samples_cost_no_more_queries(dataset, django_assert_num_queries):
    labelled(dataset, number=1)
    with django_assert_num_queries(4):
        list(TrlExport(dataset).lines("train"))
    for number in range(2, 6):
        labelled(dataset, number=number)

    with django_assert_num_queries(4):
        list(TrlExport(dataset).lines("train"))


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


def test_a_large_dataset_is_rendered_in_part_and_its_rest_counted_by_its_values(
    dataset, monkeypatch
):
    monkeypatch.setattr(training_rows, "COUNTED", 2)
    for number in range(4):
        labelled(dataset, number=number, test=number == 3)
    create_sample(dataset, by=None)

    counts = training_rows.count_rows(dataset)
    dataset.variables.filter(name="explain").update(removed_at=timezone.now())
    broken = training_rows.count_rows(dataset)

    assert (counts.train, counts.test, counts.excluded, counts.unrendered) == (3, 1, 1, 2)
    assert (broken.train, broken.test, broken.excluded) == (0, 0, 5)


@pytest.mark.parametrize("splits", [[], ["train"], ["test"], ["train", "test"]])
def test_the_readme_loads_what_is_there(dataset, splits, tmp_path):
    for number, split in enumerate(splits):
        labelled(dataset, number=number, test=split == "test")

    with unzip(TrlExport(dataset)) as archive:
        archive.extractall(tmp_path)
    files = {path.name for path in tmp_path.glob("*.jsonl")}
    readme = (tmp_path / "README.md").read_text()
    loaded = {name for name in ("train.jsonl", "test.jsonl") if name in readme}

    assert files == loaded == {f"{split}.jsonl" for split in splits}
    assert run_snippets(tmp_path) >= (1 if splits else 0)
    assert len(snippets(readme)) == (2 if splits else 0)


def test_the_schema_holds_the_shapes_inside(dataset):
    make_variable(
        dataset=dataset,
        name="flaws",
        type="array",
        item_schema=[{"name": "where", "type": "string"}],
    )

    with unzip(TrlExport(dataset)) as archive:
        schema = json.loads(archive.read("schema.json"))

    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["grade"]
    assert schema["properties"]["flaws"]["items"]["properties"]["where"]["type"] == [
        "string",
        "null",
    ]


def test_a_line_is_one_line_for_every_reader(dataset):
    text = "a\u2028b\u2029c\x85d"
    labelled(dataset, number=1, explain=text)

    with unzip(TrlExport(dataset)) as archive:
        (line,) = archive.read("train.jsonl").decode().splitlines()

    answer = json.loads(line)["messages"][-1]["content"][0]["text"]
    assert json.loads(answer)["explain"] == text


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
    assert 'href="?format=xlsx">Excel</a>' in page
    assert client.get(download, {"format": "jsonl"}).status_code == 200  # what TRL was called
    assert "A zip with names.txt." in page
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.namelist() == ["names.txt"]
        assert archive.read("names.txt") == b'"One"\n'
    assert client.get(download, {"format": "tar"}).status_code == 404
