"""Every format, every shape: read by its own loader, the values are those that were typed."""

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

from annotator.exports.formats import FORMATS
from tests.exports.shapes import (
    NASTY,
    VALUES,
    add_sample,
    exported,
    make_shape,
    records,
    run_snippets,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_shape()


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


@pytest.mark.parametrize("name", FORMATS)
def test_samples_without_pictures_are_left_out_by_name(dataset, name, tmp_path):
    add_sample(dataset, name="bare", pictures=0, test=True)
    add_sample(dataset, pictures=0)
    add_sample(dataset, pictures=2)

    with exported(name, dataset) as archive:
        archive.extractall(tmp_path)

    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["samples"] == {"train": 1, "test": 0, "left_out": 2}
    assert manifest["images"] == 2
    assert "bare" in json.dumps(manifest)
    run_snippets(tmp_path)


def everything_in(archive):
    """All texts of an archive, whatever they are packed in."""
    texts = []
    for name in archive.namelist():
        data = io.BytesIO(archive.read(name))
        if name.endswith(".parquet"):
            texts.append(json.dumps(pyarrow.parquet.read_table(data).to_pylist()))
        elif name.endswith(".tar"):
            with tarfile.open(fileobj=data) as tar:
                texts += [tar.extractfile(each).read().decode(errors="ignore") for each in tar]
        elif name.endswith(".xlsx"):
            rows = openpyxl.load_workbook(data).active.iter_rows(values_only=True)
            texts.append(repr(list(rows)))
        else:
            texts.append(data.getvalue().decode(errors="ignore"))
    return "\n".join(texts)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_the_file_that_was_sent_and_its_hash(dataset, name):
    sample = add_sample(dataset, name="First one")
    image = sample.images.get()

    with exported(name, dataset) as archive:
        text = everything_in(archive)

    for said in (str(sample.pk), "First one", "dir/0.jpg", image.source_sha256):
        assert said in text


@pytest.mark.parametrize("name", FORMATS)
def test_no_file_but_the_csv_begins_with_a_mark_and_no_empty_split_is_written(dataset, name):
    add_sample(dataset)

    with exported(name, dataset) as archive:
        marked = [
            each for each in archive.namelist() if archive.read(each).startswith(b"\xef\xbb\xbf")
        ]
        names = archive.namelist()

    assert marked == (["samples.csv"] if name == "csv" else [])
    assert not [each for each in names if each.startswith("test")]


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
    assert row["file_names"]
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
