"""What was typed comes out of the zip again, exactly; what cannot be written exactly is named."""

import io
import json
import zipfile

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator

from annotator.datasets import training_rows
from annotator.datasets.actions import create_sample
from annotator.exports.formats.trl import TrlExport
from annotator.exports.selection import Selection
from tests.exports.shapes import NASTY, labelled, make_graded, run_snippets, snippets, unzip
from tests.factories import make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_graded()


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

    export = TrlExport(dataset, Selection(states=("approved",)))
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
    with django_assert_num_queries(5):
        list(TrlExport(dataset).lines("train"))
    for number in range(2, 6):
        labelled(dataset, number=number)

    with django_assert_num_queries(5):
        list(TrlExport(dataset).lines("train"))


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
