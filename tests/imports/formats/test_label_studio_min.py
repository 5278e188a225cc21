"""Label Studio's short exports, JSON-MIN and CSV, hold what the whole one holds."""

import json

import pytest

from annotator.imports.formats import open_source
from annotator.imports.formats.records import Standing
from tests.imports.formats.files import written
from tests.imports.formats.test_label_studio import CONFIG, MIN


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_the_short_forms_hold_the_same(tmp_path, kind):
    written(tmp_path, "config.xml", CONFIG)
    if kind == "json":
        source = open_source(written(tmp_path, "a.json", json.dumps([MIN])))
    else:
        cells = [v if isinstance(v, str) else json.dumps(v) for v in MIN.values()]
        quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
        source = open_source(written(tmp_path, "a.csv", ",".join(MIN) + "\n" + quoted + "\n"))

    (record,) = source.records()
    assert source.name == "label-studio-min"
    expected = {
        "id": "7",
        "kind": "a",
        "tags": ["x", "y"],
        "ok": True,
        "n": 3,
        "tax": "animal / cat",
    }
    assert {key: record.cells[key] for key in expected} == expected
    assert record.cells["image"][0].also[-1] == "a.jpg"
    assert (record.cells["objects"][0].xmax, record.author) == (80, "1")
    assert "box" not in [column.name for column in source.columns()]


def test_rows_of_one_task_are_joined_where_they_agree(tmp_path):
    other = MIN | {"annotation_id": 10, "annotator": 2}
    different = MIN | {"id": 8}, other | {"id": 8, "kind": "b"}
    path = written(tmp_path, "a.json", json.dumps([MIN, other, *different]))

    assert [(each.cells["id"], each.standing) for each in open_source(path).records()] == [
        ("7", Standing.ACCEPTED),
        ("8", Standing.REVIEW),
        ("8", Standing.REVIEW),
    ]
