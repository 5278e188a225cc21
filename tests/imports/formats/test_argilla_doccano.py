"""Argilla's records in both forms, doccano's lines with one and with several members."""

import json

import pyarrow as pa
from pyarrow import parquet

from annotator.imports.formats import open_source
from annotator.imports.formats.records import Box, Role, Standing
from tests.imports.formats.files import rows_of, written

SETTINGS = {
    "fields": [{"name": "img", "settings": {"type": "image"}}],
    "questions": [
        {
            "name": "kind",
            "required": True,
            "settings": {"type": "label_selection", "options": [{"value": "a"}, {"value": "b"}]},
        },
        {"name": "grade", "settings": {"type": "rating", "options": [{"value": 1}, {"value": 5}]}},
        {
            "name": "tags",
            "settings": {"type": "multi_label_selection", "options": [{"value": "x"}]},
        },
        {"name": "note", "settings": {"type": "text"}},
    ],
}


def said(value, user="u1", **more):
    return [{"value": value, "user_id": user, **more}]


def record(number="7", responses=None, suggestions=None, **more):
    return {
        "id": number,
        "fields": {"img": "https://example.org/a.png", "text": "t"},
        "metadata": {"shelf": "A"},
        "responses": responses or {},
        "suggestions": suggestions or {},
        "vectors": {},
        "_server_id": "s",
        **more,
    }


def argilla(folder, *records):
    written(folder, ".argilla/settings.json", json.dumps(SETTINGS))
    written(folder, "records.json", json.dumps(records))
    return open_source(folder)


def told(source):
    return [(each.cells.get("kind"), each.standing, each.author) for each in source.records()]


def test_records_have_fields_metadata_and_answers_for_review(tmp_path):
    source = argilla(tmp_path, record(responses={"kind": said("a"), "grade": said(5)}))

    assert {column.name: column.role for column in source.columns()} == {
        "id": Role.EXTERNAL_ID,
        "img": Role.IMAGES,
        "text": Role.METADATA,
        "shelf": Role.METADATA,
        **dict.fromkeys(["kind", "grade", "tags", "note"], Role.VARIABLE),
    }
    (row,) = rows_of(source)
    assert (row["id"], row["shelf"], row["grade"]) == ("7", "A", 5)
    assert told(source) == [("a", Standing.REVIEW, "u1")]
    assert "don't say which" in source.notes()[0]


def test_its_settings_give_the_variables(tmp_path):
    configs = {
        each.name: each.config for each in argilla(tmp_path, record()).columns() if each.config
    }

    assert configs == {
        "kind": {"type": "string", "choices": ["a", "b"], "required": True},
        "grade": {"type": "integer", "min_value": 1, "max_value": 5},
        "tags": {"type": "array", "item_schema": {"type": "string", "choices": ["x"]}},
        "note": {"type": "string"},
    }


def test_the_states_of_answers_count_where_they_are_said(tmp_path):
    submitted, draft = {"status": "submitted"}, {"status": "draft"}
    source = argilla(
        tmp_path,
        record("1", {"kind": said("a", "u1", **submitted) + said("a", "u2", **submitted)}),
        record("2", {"kind": said("a", "u1", **submitted) + said("b", "u2", **submitted)}),
        record("3", {"kind": said("a", **draft)}),
        record("4", {"kind": said("a", status="discarded")}),
    )

    assert told(source) == [
        ("a", Standing.ACCEPTED, "u1"),
        ("a", Standing.REVIEW, "u1"),
        ("b", Standing.REVIEW, "u2"),
        ("a", Standing.REVIEW, "u1"),
        (None, None, ""),
    ]


def test_suggestions_have_their_model_and_score(tmp_path):
    suggestions = {
        "kind": {"value": "a", "score": 0.7, "agent": "m1"},
        "tags": {"value": ["x"], "score": [0.5], "agent": "m1"},
        "note": {"value": None},
    }
    (suggestion,) = argilla(tmp_path, record(suggestions=suggestions)).records()

    assert (suggestion.standing, suggestion.source) == (Standing.SUGGESTION, "m1")
    assert suggestion.confidence == {"kind": 0.7}
    assert suggestion.cells["tags"] == ["x"]


def test_the_flat_form_holds_the_same(tmp_path):
    path = tmp_path / "a.parquet"
    columns = {
        "id": ["7"],
        "text": ["t"],
        "kind.responses": [["b"]],
        "kind.responses.users": [["u1"]],
        "kind.responses.status": [["submitted"]],
        "kind.suggestion": ["a"],
        "kind.suggestion.score": [0.7],
        "kind.suggestion.agent": ["m1"],
    }
    parquet.write_table(pa.table(columns), path)

    source = open_source(path)

    assert source.name == "argilla"
    assert told(source) == [("b", Standing.ACCEPTED, "u1"), ("a", Standing.SUGGESTION, "")]
    assert rows_of(source)[0]["text"] == "t"


def doccano(folder, **members):
    for name, rows in members.items():
        written(folder, f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return open_source(folder)


def example(number=1, label=("cat",), **more):
    return {"id": number, "filename": f"{number}.png", "label": list(label), "Comments": [], **more}


def test_labels_are_a_text_unless_an_example_has_several(tmp_path):
    one = doccano(tmp_path / "a", all=[example(shelf="A"), example(2, label=())])
    several = doccano(tmp_path / "b", all=[example(), example(2, label=("cat", "dog"))])

    first, second = one.records()
    assert {**first.cells, "filename": None} == {
        "id": "1",
        "label": "cat",
        "shelf": "A",
        "filename": None,
    }
    assert (first.standing, first.author, first.cells["filename"][0].path) == (
        Standing.ACCEPTED,
        "",
        "1.png",
    )
    assert "label" not in second.cells
    assert second.standing is None
    assert [row["label"] for row in rows_of(several)] == [["cat"], ["cat", "dog"]]


def test_members_who_agree_are_one_answer_and_those_who_do_not_are_reviewed(tmp_path):
    source = doccano(
        tmp_path,
        anna=[example(1), example(2), example(3, label=())],
        bert=[example(1), example(2, label=("dog",)), example(3)],
    )

    assert [(each.cells["id"], each.standing, each.author) for each in source.records()] == [
        ("1", Standing.ACCEPTED, "anna"),
        ("2", Standing.REVIEW, "anna"),
        ("2", Standing.REVIEW, "bert"),
        ("3", Standing.ACCEPTED, "bert"),
    ]


def test_where_people_are_kept_each_of_them_has_a_record_though_they_agree(tmp_path):
    both = [{"value": "a", "user_id": who, "status": "submitted"} for who in ("u1", "u2")]
    sources = [
        argilla(tmp_path / "a", record(responses={"kind": both})),
        doccano(tmp_path / "d", anna=[example(1)], bert=[example(1)]),
    ]

    for source in sources:
        source.keeps_people = True

    assert [[each.author for each in source.records()] for source in sources] == [
        ["u1", "u2"],
        ["anna", "bert"],
    ]


def test_boxes_are_pixels_of_the_picture(tmp_path):
    boxes = [
        {"x": 1, "y": 2, "width": 3, "height": 4, "label": "cat"},
        {"x": 1, "y": 2, "width": 0, "height": 4},
    ]
    row = {"id": 1, "filename": "a.png", "bbox": boxes, "Comments": ["sharp"]}

    (record,) = doccano(tmp_path, all=[row]).records()

    assert record.cells["bbox"] == [
        Box(label="cat", xmin=1, ymin=2, xmax=4, ymax=6, is_in_pixels=True)
    ]
    assert "boxes are left out" in record.note
    assert record.cells["Comments"] == ["sharp"]


def test_a_broken_line_is_a_problem(tmp_path):
    written(tmp_path, "all.jsonl", json.dumps(example()) + "\n{\n" + json.dumps(example(2)) + "\n")

    records = list(open_source(tmp_path).records())

    assert [(each.number, bool(each.problem)) for each in records] == [
        (1, False),
        (3, False),
        (2, True),
    ]
