"""What of a file is not read, or not as one may think, is told before the import."""

import json

import pytest

from annotator.imports.answers import actions
from annotator.imports.formats.records import Standing
from tests.imports.answering import check, counts, opened, run, work_all
from tests.imports.importing import zipped
from tests.pictures import picture

pytestmark = pytest.mark.django_db


def received(dataset, **files):
    """An import of these files, by name, as a browser sends them."""
    answer_import = actions.begin(dataset, by=None, standing=Standing.ACCEPTED)
    for name, data in files.items():
        actions.receive(answer_import, path=name, chunks=[data])
    actions.start_reading(answer_import)
    return work_all(answer_import)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04 no zip", "o.zip: This is not a zip that can be read."),
        (zipped({}), "o.zip holds no files."),
        (zipped({"../labels.csv": b"name\n"}), "../labels.csv: The name contains `..`."),
    ],
)
def test_a_zip_without_files_that_can_be_read_says_why(dataset, data, told):
    failed = received(dataset, **{"o.zip": data})

    assert failed.state == failed.State.FAILED
    assert failed.error.startswith(told)


def test_of_several_tables_it_is_said_which_is_read(dataset):
    one = received(dataset, **{"o.zip": zipped({"a.csv": b"name\n1\n", "b.csv": b"name\n2\n"})})

    assert one.notes == ["2 files may hold answers: a.csv is read. Choose another one below."]


def test_boxes_that_cannot_be_read_are_counted_and_a_check_counts_the_others(dataset, tmp_path):
    coco = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in (1, 2)],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]},
            {"id": 2, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4], "iscrowd": 1},
            {"id": 3, "image_id": 2, "category_id": 7, "bbox": [1, 2, 3, 4], "iscrowd": 1},
            {"id": 4, "image_id": 2, "category_id": 7, "bbox": [5, 6, 7, 8]},
        ],
        "categories": [{"id": 7, "name": "cat"}],
    }
    (tmp_path / "instances.json").write_text(json.dumps(coco))
    for number in (1, 2):
        (tmp_path / f"{number}.png").write_bytes(picture(64, 48, seed=number))

    one = opened(dataset, tmp_path)

    assert one.notes == ["2 rows: boxes are left out: a crowd."]
    assert counts(check(one)) == (2, 0, 0, 0)
    assert counts(run(one)) == (2, 0, 0, 0)
    again = opened(dataset, tmp_path)
    assert counts(check(again)) == counts(run(again)) == (0, 0, 2, 0)
