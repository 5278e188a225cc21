"""What no database and no file system holds, in names and numbers of a file: refused with a reason."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from annotator.datasets.models import VariableValue
from annotator.errors import BadInput
from annotator.images.models import DetectionObject
from annotator.imports.answers import actions
from annotator.imports.answers.mapping import targets_of
from tests.factories import make_sample, make_variable
from tests.imports.answering import check, counts, opened, problems, run, work_all
from tests.imports.formats.files import written
from tests.pictures import picture

pytestmark = pytest.mark.django_db


def begun(dataset, path):
    return work_all(actions.begin(dataset, by=None, path=path))


def parquet_of(folder):
    parquet.write_table(pa.table({"name": ["a"], "gr\0ade": [1]}), folder / "a.parquet")
    return folder / "a.parquet"


@pytest.mark.parametrize(
    "file",
    [
        lambda folder: written(folder, "a.csv", "name,gr\0ade\na,1\n"),
        lambda folder: written(folder, "a.csv", "name,gr\0ade\na,1\n", "utf-16"),
        lambda folder: written(folder, "a.jsonl", json.dumps({"name": "a", "gr\ud800ade": 1})),
        parquet_of,
    ],
)
def test_a_name_of_a_column_that_no_database_holds_is_refused(dataset, tmp_path, file):
    one = begun(dataset, file(tmp_path))

    assert one.state == "failed"
    assert "The name of the column “gr_ade”" in one.error


def test_a_file_whose_name_is_not_utf8_is_refused_and_passed_over_among_others(dataset, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    strange = Path(os.fsdecode(os.fsencode(folder) + b"/lab\xe9ls.csv"))
    strange.write_text("name\na\n")

    with pytest.raises(BadInput, match="not UTF-8"):
        actions.begin(dataset, by=None, path=strange)
    written(folder, "other.csv", "name,grade\na,1\n")
    assert begun(dataset, folder).table == "other.csv"


def test_columns_that_would_become_one_variable_become_several(dataset, tmp_path):
    one = begun(dataset, written(tmp_path, "a.csv", "name,a b,A-B,a_b\na,1,2,3\n"))

    assert [each.variable for each in targets_of(one.mapping)][1:] == ["a_b", "a_b_2", "a_b_3"]


def test_the_second_column_of_a_variable_is_metadata(dataset, tmp_path):
    make_variable(dataset=dataset, name="note", type="string")

    one = begun(dataset, written(tmp_path, "a.csv", "name,Note,note\na,1,2\n"))

    assert [each.role for each in targets_of(one.mapping)] == ["name", "variable", "metadata"]


def test_a_picture_of_a_name_that_no_file_has_refuses_its_row(dataset, tmp_path):
    make_variable(dataset=dataset, name="grade", type="float")
    written(tmp_path, "b.png", picture())
    written(tmp_path, "a.csv", f"file,grade\n{'x' * 300}.png,1\nb.png,2\n")

    checked = check(opened(dataset, tmp_path))

    assert [number for number, *_ in problems(checked)] == [2]
    assert str(tmp_path) not in checked.refusals.get().reason


def test_boxes_and_pictures_of_names_that_no_database_holds_are_refused(dataset, tmp_path):
    written(tmp_path, "a.png", picture())
    coco = {
        "images": [
            {"id": 1, "file_name": "a.png", "width": 64, "height": 48},
            {"id": 2, "file_name": "b\ud800\0.png", "width": 64, "height": 48},
        ],
        "annotations": [
            {"image_id": 1, "category_id": number, "bbox": [1, 2, 3, 4]} for number in (1, 2)
        ],
        "categories": [{"id": 1, "name": "y"}, {"id": 2, "name": "x\0\ud800"}],
    }
    written(tmp_path, "instances.json", json.dumps(coco))

    done = run(opened(dataset, tmp_path))

    assert (done.state, done.samples_made) == ("done", 1)
    assert [column for _, column, _ in problems(done)] == ["objects", "id"]
    assert not DetectionObject.objects.exists()


def test_attributes_of_boxes_are_kept_without_what_no_database_holds(dataset, tmp_path):
    written(tmp_path, "a.png", picture())
    box = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "attributes": {"a\0": "b\ud800"}}
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [box],
        "categories": [{"id": 1, "name": "x"}],
    }
    written(tmp_path, "instances.json", json.dumps(coco))

    assert run(opened(dataset, tmp_path)).refused == 0

    assert DetectionObject.objects.get().meta_data == {"a_": "b_"}


@pytest.mark.parametrize("label", [" ", "x" * 201])
def test_a_box_whose_label_is_too_short_or_too_long_is_refused(dataset, tmp_path, label):
    written(tmp_path, "a.png", picture())
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 1, "name": label}],
    }
    written(tmp_path, "instances.json", json.dumps(coco))

    done = run(opened(dataset, tmp_path))

    assert "a label of 1 to 200 characters" in done.refusals.get().reason
    assert not DetectionObject.objects.exists()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
def test_a_picture_by_the_name_of_a_table_says_what_it_is(dataset, tmp_path, form):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.csv", form)

    one = begun(dataset, tmp_path / "a.csv")

    assert "It is a picture: send it with a table that names it" in one.error


def test_a_table_without_rows_says_so(dataset, tmp_path):
    one = begun(dataset, written(tmp_path, "a.csv", "name,grade\n"))

    assert "The file has no row that can be read." in one.notes


BEYOND = {"a": "1" + "0" * 400, "b": "1e400", "c": "9" * 5_000}
JSON_LINE = '{{"name": "{0}", "x": {1}, "n": {1}, "flag": {1}, "kind": "{1}"}}\n'


@pytest.mark.parametrize(
    ("ending", "head", "line"),
    [("jsonl", "", JSON_LINE), ("csv", "name,x,n,flag,kind\n", "{0},{1},{1},{1},{1}\n")],
)
def test_numbers_beyond_all_bounds_are_refused(dataset, tmp_path, ending, head, line):
    for name, kind in [("x", "float"), ("n", "integer"), ("flag", "boolean"), ("kind", "string")]:
        make_variable(dataset=dataset, name=name, type=kind)
    for name in BEYOND:
        make_sample(dataset=dataset, name=name)
    lines = [line.format(name, number) for name, number in BEYOND.items()]
    file = written(tmp_path, f"a.{ending}", head + "".join(lines))

    checked = check(opened(dataset, file))
    assert (checked.state, counts(checked)[3]) == ("checked", counts(run(checked))[3])

    kept = VariableValue.objects.filter(is_set=True).values_list("variable__name", flat=True)
    assert set(kept) == {"kind"}
