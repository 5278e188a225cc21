"""Every format, every shape: read by its own loader, the values are those that were typed."""

import csv
import io
import json
import re
import tarfile

import openpyxl
import pyarrow.parquet
import pytest
from jsonschema import Draft202012Validator
from PIL import Image as Pillow
from pycocotools.coco import COCO

from annotator.datasets.training_rows import training_rows
from annotator.exports.formats import FORMATS
from tests.exports.shapes import (
    NASTY,
    TEMPLATES,
    VALUES,
    add_sample,
    exported,
    make_shape,
    run_snippets,
)

pytestmark = pytest.mark.django_db

CHATS = ["trl", "unsloth", "openai", "llava", "llama-factory", "ms-swift", "qwen-vl"]
PLACEHOLDER = ["llava", "llama-factory", "ms-swift", "qwen-vl"]
TABLES = ["csv", "xlsx"]


@pytest.fixture
def dataset():
    return make_shape()


def records(name, archive, split="train"):
    """A split's records out of an archive."""
    with archive:
        if f"{split}.json" in archive.namelist():
            return json.loads(archive.read(f"{split}.json"))
        return [json.loads(line) for line in archive.read(f"{split}.jsonl").decode().splitlines()]


def conversation(record):
    """(system, user, answer, number of pictures) of a record of any of CHATS."""
    turns = record.get("messages") or [
        {"role": {"human": "user", "gpt": "assistant"}[turn["from"]], "content": turn["value"]}
        for turn in record["conversations"]
    ]
    texts, pictures = {}, 0
    for turn in turns:
        content = turn["content"]
        if isinstance(content, str):
            pictures += content.count("<image>")
            texts[turn["role"]] = content.replace("<image>\n", "")
        else:
            pictures += sum(part["type"].startswith("image") for part in content)
            texts[turn["role"]] = "".join(part.get("text", "") for part in content)
    system = texts.get("system", "")
    if not system:
        system, _, texts["user"] = texts["user"].partition("\n\n")
    return system, texts["user"], texts["assistant"], pictures


@pytest.mark.parametrize("answer_format", [None, *TEMPLATES])
@pytest.mark.parametrize("name", CHATS)
def test_a_conversation_holds_the_texts_that_are_trained(name, answer_format):
    dataset = make_shape(answer_format=answer_format)
    add_sample(dataset, pictures=2)
    (row,) = training_rows(dataset)

    (record,) = records(name, exported(name, dataset))

    expected = (row.rendered.system, row.rendered.user, row.rendered.answer, 2)
    assert conversation(record) == expected
    assert row.problem == ""


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("splits", [["train"], ["test"], ["train", "test", "train"], []])
def test_the_readme_of_every_format_loads_what_is_there(dataset, name, splits, tmp_path):
    for number, split in enumerate(splits):
        add_sample(dataset, test=split == "test", pictures=1 + number, boxes=number)

    with exported(name, dataset) as archive:
        archive.extractall(tmp_path)

    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["samples"] == {
        "train": splits.count("train"),
        "test": splits.count("test"),
        "left_out": 0,
    }
    assert manifest["images"] == sum(range(1, len(splits) + 1))
    readme = (tmp_path / "README.md").read_text()
    named = re.findall(r"`((?:manifest|schema)\.json)`", readme)
    assert all((tmp_path / each).exists() for each in named)
    run_snippets(tmp_path)
    if (tmp_path / "schema.json").exists():
        Draft202012Validator.check_schema(json.loads((tmp_path / "schema.json").read_text()))


@pytest.mark.parametrize("name", sorted(set(CHATS) - {"openai"}))
def test_every_record_says_where_it_comes_from(dataset, name):
    sample = add_sample(dataset, name="First one")

    (record,) = records(name, exported(name, dataset))

    assert (record["id"], record["name"]) == (str(sample.pk), "First one")
    assert record["files"][0]["path"] == "dir/0.jpg"
    assert re.fullmatch("[0-9a-f]{64}", record["files"][0]["sha256"])


@pytest.mark.parametrize("name", FORMATS)
def test_pictures_of_every_format_are_those_of_the_sample(dataset, name):
    add_sample(dataset, pictures=3)

    with exported(name, dataset) as archive:
        pictures = [archive.read(each) for each in archive.namelist() if "images/" in each]
        if name == "openai":
            pictures = re.findall(rb"data:image/\w+;base64,", archive.read("train.jsonl"))
        elif name == "webdataset":
            with tarfile.open(fileobj=io.BytesIO(archive.read("train-000000.tar"))) as tar:
                pictures = [
                    tar.extractfile(each).read() for each in tar if ".json" not in each.name
                ]
        assert len(pictures) == 3
        if name != "openai":
            assert all(Pillow.open(io.BytesIO(each)).size[0] > 0 for each in pictures)


@pytest.mark.parametrize("name", FORMATS)
def test_equal_data_give_equal_bytes_in_every_format(dataset, name):
    for number in range(3):
        add_sample(dataset, test=number == 2, boxes=1)

    first, second = (b"".join(FORMATS[name](dataset).stream()) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("name", PLACEHOLDER)
def test_a_text_that_would_be_counted_as_a_picture_is_left_out_by_name(dataset, name):
    add_sample(dataset)
    add_sample(dataset, name="bad", values={**VALUES, "note": "an <image> here"})

    with exported(name, dataset) as archive:
        manifest = json.loads(archive.read("manifest.json"))

    (left_out,) = manifest["left_out"]
    assert left_out["name"] == "bad"
    assert "<image>" in left_out["reason"]
    assert manifest["samples"]["train"] == 1


def test_openai_takes_ten_pictures_and_no_other_keys(dataset):
    add_sample(dataset, pictures=10, name="ten")
    add_sample(dataset, pictures=11, name="eleven")

    with exported("openai", dataset) as archive:
        (line,) = archive.read("train.jsonl").splitlines()
        (origin,) = archive.read("provenance.jsonl").splitlines()
        manifest = json.loads(archive.read("manifest.json"))

    assert list(json.loads(line)) == ["messages"]
    assert json.loads(origin)["name"] == "ten"
    assert [each["name"] for each in manifest["left_out"]] == ["eleven"]


def test_llama_factory_describes_its_columns(dataset):
    add_sample(dataset)

    with exported("llama-factory", dataset) as archive:
        info = json.loads(archive.read("dataset_info.json"))

    assert list(info) == ["train"]
    assert info["train"]["formatting"] == "sharegpt"
    assert info["train"]["columns"] == {"messages": "messages", "images": "images"}


def read_csv(archive):
    with archive:
        text = archive.read("samples.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_xlsx(archive):
    with archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read("samples.xlsx")))
    header, *rows = book.active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_csv_has_a_column_per_variable_and_no_formulas(dataset):
    add_sample(dataset, name="=cmd()", values={**VALUES, "kind": "=1+1", "grade": 0.0})

    (row,) = read_csv(exported("csv", dataset))

    assert (row["name"], row["kind"]) == ("'=cmd()", "'=1+1")
    assert (row["grade"], row["count"], row["sharp"], row["note"]) == ("0.0", "3", "false", NASTY)
    assert json.loads(row["flaws"]) == VALUES["flaws"]
    assert row["split"] == "train"


def test_a_workbook_holds_values_of_their_own_kind(dataset):
    add_sample(dataset, name="=cmd()", values={**VALUES, "kind": "=1+1"})
    add_sample(dataset, values={"grade": 1.0, "kind": "a & b", "flaws": [], "box": VALUES["box"]})

    first, second = read_xlsx(exported("xlsx", dataset))

    assert (first["name"], first["kind"]) == ("=cmd()", "=1+1")
    assert (first["grade"], first["count"], first["sharp"]) == (8.5, 3, False)
    assert first["note"].replace("\r\n", "\n") == NASTY
    assert second["note"] is None


def test_a_text_that_no_cell_holds_is_left_out_of_a_workbook_alone(dataset):
    add_sample(dataset, name="long", values={**VALUES, "note": "x" * 40_000})

    with exported("xlsx", dataset) as archive:
        manifest = json.loads(archive.read("manifest.json"))

    assert [each["name"] for each in manifest["left_out"]] == ["long"]
    assert len(read_csv(exported("csv", dataset))) == 1


def test_values_read_back_as_they_were_typed(dataset):
    add_sample(dataset)

    (record,) = records("values", exported("values", dataset))

    assert record["values"] == VALUES
    assert record["metadata"] == {"kind_of_card": "card"}


def test_parquet_has_a_typed_column_per_variable(dataset):
    add_sample(dataset, pictures=2)

    with exported("hugging-face", dataset) as archive:
        table = pyarrow.parquet.read_table(io.BytesIO(archive.read("train/metadata.parquet")))
        names = archive.namelist()
        card = archive.read("README.md").decode()

    (row,) = table.to_pylist()
    assert (row["grade"], row["count"], row["sharp"], row["note"]) == (8.5, 3, False, NASTY)
    assert json.loads(row["box"]) == VALUES["box"]
    assert all(f"train/{name}" in names for name in row["file_names"])
    assert card.startswith("---\npretty_name:")
    assert "path: train/**" in card


def test_webdataset_keeps_a_sample_together(dataset, monkeypatch):
    monkeypatch.setattr("annotator.exports.formats.webdataset.SHARD_BYTES", 1)
    for _ in range(2):
        add_sample(dataset, pictures=2)

    with exported("webdataset", dataset) as archive:
        shards = [name for name in archive.namelist() if name.endswith(".tar")]
        with tarfile.open(fileobj=io.BytesIO(archive.read(shards[0]))) as tar:
            members = tar.getnames()

    assert shards == ["train-000000.tar", "train-000001.tar"]
    assert len({name.split(".")[0] for name in members}) == 1
    assert [name.split(".", 1)[1] for name in members] == ["0.png", "1.png", "json"]


def test_coco_boxes_are_corner_and_size(dataset, tmp_path):
    add_sample(dataset, boxes=2)

    with exported("coco", dataset) as archive:
        archive.extractall(tmp_path)
    coco = COCO(str(tmp_path / "annotations" / "train.json"))
    (image,) = coco.loadImgs(coco.getImgIds())
    boxes = coco.loadAnns(coco.getAnnIds())

    assert [box["bbox"] for box in boxes] == [[1, 2, 4, 6], [1, 2, 5, 6]]
    assert [each["name"] for each in coco.loadCats(coco.getCatIds())] == ["label 0", "label 1"]
    assert image["samples"][0]["values"]["grade"] == 8.5


def test_label_studio_boxes_are_percent_and_controls_fit_the_types(dataset):
    add_sample(dataset, boxes=1)

    with exported("label-studio", dataset) as archive:
        (task,) = json.loads(archive.read("tasks.json"))
        config = archive.read("labeling_config.xml").decode()

    by_name = {item["from_name"]: item for item in task["annotations"][0]["result"]}
    assert by_name["grade"]["value"] == {"number": 8.5}
    assert by_name["kind"]["value"] == {"choices": ["a & b"]}
    assert by_name["sharp"]["value"] == {"choices": ["false"]}
    assert json.loads(by_name["box"]["value"]["text"][0]) == VALUES["box"]
    width = by_name["boxes"]["original_width"]
    assert by_name["boxes"]["value"]["x"] == pytest.approx(100 / width)
    assert '<Choice value="a &amp; b" />' in config
    assert '<Number name="grade" toName="image" required="false" min="0.0" max="10.0" />' in config
