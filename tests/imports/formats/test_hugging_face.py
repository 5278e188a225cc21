"""Hugging Face's folders: imagefolder, class folders, datasets saved to disk, Parquet of the Hub."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from annotator.errors import BadInput
from annotator.imports.formats import open_source
from annotator.imports.formats.guessing import guess_columns
from annotator.imports.formats.records import ImageReference, Role
from tests.imports.formats.files import problems_of, rows_of, written


def paths(row, column="image"):
    return [each.path for each in row[column]]


def roles(source):
    return {column.name: column.role for column in source.columns()}


def test_metadata_beside_pictures_names_them(tmp_path):
    written(
        tmp_path,
        "metadata.csv",
        b"\xef\xbb\xbffile_name,text,code\na.jpg,red,007\nsub/b.jpg,blue,008\n",
    )

    source = open_source(tmp_path)

    assert source.name == "imagefolder"
    assert roles(source)["image"] == Role.IMAGES
    assert [(paths(row), row["code"]) for row in rows_of(source)] == [
        (["a.jpg"], "007"),
        (["sub/b.jpg"], "008"),
    ]


def test_splits_come_from_folders_and_never_from_names_of_pictures(tmp_path):
    for split in ("train", "validation-1", "Test"):
        written(tmp_path, f"{split}/metadata.jsonl", '{"file_name": "test_a.jpg", "n": 1}\n')

    rows = rows_of(open_source(tmp_path))

    assert sorted((paths(row)[0], row["split"]) for row in rows) == [
        ("Test/test_a.jpg", "test"),
        ("train/test_a.jpg", "train"),
        ("validation-1/test_a.jpg", "validation"),
    ]


def test_one_metadata_file_above_the_splits_is_read(tmp_path):
    written(tmp_path, "data/metadata.csv", "file_name,n\ntrain/a.jpg,1\ntest/b.jpg,2\nc.jpg,3\n")

    source = open_source(tmp_path)

    assert [(paths(row)[0], row.get("split")) for row in rows_of(source)] == [
        ("data/train/a.jpg", "train"),
        ("data/test/b.jpg", "test"),
        ("data/c.jpg", None),
    ]
    assert source.notes() == ["Metadata: data/metadata.csv."]


def test_lists_and_several_columns_of_pictures_keep_their_order(tmp_path):
    row = {
        "front_file_name": "a.jpg",
        "file_names": ["b.jpg", "c.jpg"],
        "back_file_name": "d.jpg",
        "n": 1,
    }
    written(tmp_path, "metadata.jsonl", json.dumps(row))

    source = open_source(tmp_path)

    assert [column.name for column in source.columns()][:3] == ["front", "images", "back"]
    assert paths(rows_of(source)[0], "images") == ["b.jpg", "c.jpg"]


@pytest.mark.parametrize("name", ["/etc/a.jpg", "../a.jpg", "file:///a.jpg", "C:\\\\a.jpg"])
def test_paths_that_lead_elsewhere_are_problems(tmp_path, name):
    written(tmp_path, "metadata.jsonl", f'{{"file_name": "{name}"}}\n{{"file_name": "b.jpg"}}\n')

    assert list(problems_of(open_source(tmp_path))) == [1]


@pytest.mark.parametrize("broken", ["{broken", "[" * 100_000])
def test_broken_metadata_of_our_own_export_is_a_problem_of_its_row(tmp_path, broken):
    header = "file_names,id,name,files,system,user,answer,metadata\n"
    rows = f'"[""a.jpg""]",1,,,,,,{broken}\n"[""b.jpg""]",2,,,,,,"{{""k"": 1}}"\n'
    written(tmp_path, "metadata.csv", header + rows)

    source = open_source(tmp_path)

    assert "metadata: " in problems_of(source)[2]
    assert rows_of(source)[1]["metadata"] == {"k": 1}


def test_metadata_of_another_kind_beside_is_said(tmp_path):
    written(tmp_path, "metadata.csv", "file_name,n\na.jpg,1\n")
    written(tmp_path, "metadata.jsonl", '{"file_name": "a.jpg"}\n')

    assert any("isn't read" in note for note in open_source(tmp_path).notes())


def test_a_metadata_file_alone_is_enough_and_one_without_file_names_is_a_table(tmp_path):
    path = written(tmp_path, "metadata.csv", "file_name,n\na.jpg,1\n")

    assert open_source(path).name == "imagefolder"
    assert open_source(written(tmp_path / "b", "metadata.csv", "image,n\na.jpg,1\n")).name == "csv"


def test_metadata_says_how_its_numbers_are_written(tmp_path):
    written(tmp_path / "a", "metadata.csv", "file_name;grade\na.jpg;1,5\n")
    written(tmp_path / "b/train", "metadata.csv", "file_name;grade\na.jpg;1,5\n")
    written(tmp_path / "b/test", "metadata.csv", "file_name,grade\nb.jpg,1.5\n")

    alike, different = open_source(tmp_path / "a"), open_source(tmp_path / "b")

    assert (alike.reading.decimal, alike.reading.delimiter) == (",", ";")
    assert guess_columns(alike)["grade"].config["type"] == "float"
    assert (different.reading.decimal, different.reading.delimiter) == ("", "")
    assert different.reading.encoding == "utf-8"


def test_folders_named_as_the_class(tmp_path):
    for place in ("train/cat/1.jpg", "train/dog/2.jpg", "test/cat/3.jpg", "train/.hidden/4.jpg"):
        written(tmp_path, place, b"x")

    source = open_source(tmp_path)

    assert source.name == "class-folders"
    assert [(paths(row)[0], row["label"], row["split"]) for row in rows_of(source)] == [
        ("test/cat/3.jpg", "cat", "test"),
        ("train/cat/1.jpg", "cat", "train"),
        ("train/dog/2.jpg", "dog", "train"),
    ]


def test_folders_that_are_no_classes_hold_no_answers(tmp_path):
    for place in ("a/1.jpg", "b/c/2.jpg"):
        written(tmp_path, place, b"x")
    written(tmp_path / "flat", "1.jpg", b"x")

    for folder in (tmp_path, tmp_path / "flat"):
        with pytest.raises(BadInput, match="no answers"):
            open_source(folder)


PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
FEATURES = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}


def table(numbers):
    cells = pa.array([{"bytes": b"x%d" % n, "path": "image.png"} for n in numbers], PICTURE)
    data = pa.table({"image": cells, "label": [n % 2 for n in numbers]})
    info = json.dumps({"info": {"features": FEATURES}})
    return data.replace_schema_metadata({"huggingface": info})


def save(folder, numbers, split, new=pa.ipc.new_stream):
    folder.mkdir(parents=True)
    names = []
    for part, chosen in enumerate((numbers[:2], numbers[2:])):
        name = f"data-{part:05}-of-00002.arrow"
        data = table(chosen)
        with new(str(folder / name), data.schema) as writer:
            writer.write_table(data)
        names.append({"filename": name})
    written(folder, "state.json", json.dumps({"_data_files": names, "_split": split}))
    written(folder, "dataset_info.json", json.dumps({"features": FEATURES}))


@pytest.mark.parametrize("new", [pa.ipc.new_stream, pa.ipc.new_file])
def test_a_dataset_saved_to_disk_has_pictures_classes_and_splits(tmp_path, new):
    written(tmp_path, "dataset_dict.json", json.dumps({"splits": ["train", "test"]}))
    save(tmp_path / "train", [0, 1, 2], "train", new)
    save(tmp_path / "test", [3], "test", new)

    source = open_source(tmp_path)

    assert source.name == "saved-to-disk"
    assert roles(source) == {"image": Role.IMAGES, "label": None, "split": Role.SPLIT}
    assert [(row["image"][0].data, row["label"], row["split"]) for row in rows_of(source)] == [
        (b"x0", "cat", "train"),
        (b"x1", "dog", "train"),
        (b"x2", "cat", "train"),
        (b"x3", "dog", "test"),
    ]


def test_files_that_its_state_does_not_name_are_not_read_and_missing_ones_are_said(tmp_path):
    save(tmp_path / "a", [0, 1], "train")
    written(tmp_path / "a", "data-00009-of-00009.arrow", b"rest")
    written(
        tmp_path / "b", "state.json", json.dumps({"_data_files": [{"filename": "../a/x.arrow"}]})
    )
    written(tmp_path / "b", "dataset_info.json", "{}")

    assert len(rows_of(open_source(tmp_path / "a"))) == 2
    with pytest.raises(BadInput, match=r"b/x\.arrow is missing"):
        open_source(tmp_path / "b").columns()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dataset_dict.json", [1]),
        ("dataset_dict.json", {"splits": 5}),
        ("state.json", {"_data_files": ["a.arrow"]}),
        ("state.json", {"_data_files": "a.arrow"}),
        ("state.json", [1]),
    ],
)
def test_a_state_of_another_shape_is_refused(tmp_path, name, content):
    written(tmp_path, "dataset_info.json", "{}")
    written(tmp_path, name, json.dumps(content))

    with pytest.raises(BadInput, match=r"names no Arrow files|is missing"):
        open_source(tmp_path).columns()


def test_parquet_files_of_the_hub_have_the_split_of_their_name(tmp_path):
    (tmp_path / "data").mkdir()
    for name, numbers in (("train-00000-of-00001", [0, 1]), ("test-00000-of-00001", [2])):
        parquet.write_table(table(numbers), tmp_path / "data" / f"{name}.parquet")

    rows = rows_of(open_source(tmp_path))

    assert [(row["split"], row["label"]) for row in rows] == [
        ("test", "cat"),
        ("train", "cat"),
        ("train", "dog"),
    ]
    assert rows[0]["image"] == [ImageReference(path="image.png", data=b"x2")]
