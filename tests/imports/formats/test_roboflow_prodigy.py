"""Roboflow's questions and answers, Prodigy's decisions."""

import json

import pytest

from annotator.imports.formats import open_source
from annotator.imports.formats.records import Box, Standing
from tests.imports.formats.files import problems_of, rows_of, written


def lines(folder, *rows, name="a.jsonl"):
    return open_source(written(folder, name, "".join(json.dumps(row) + "\n" for row in rows)))


def asked(image, prefix, suffix):
    return {"image": image, "prefix": prefix, "suffix": suffix}


def test_lines_of_one_image_are_one_record_with_a_column_for_each_question(tmp_path):
    source = lines(
        tmp_path,
        asked("a.jpg", "how many?", "3"),
        asked("a.jpg", "read it", '{"n": 3, "brand": "x"}'),
        asked("b.jpg", "how many?", "4"),
    )

    first, second = rows_of(source)
    assert source.name == "roboflow"
    assert (first["how many?"], first["n"], first["brand"]) == ("3", 3, "x")
    assert (second["image"][0].path, second["how many?"]) == ("b.jpg", "4")
    assert {record.standing for record in source.records()} == {Standing.REVIEW}


def test_detections_are_boxes_on_a_grid_of_1024(tmp_path):
    (row,) = rows_of(
        lines(tmp_path, asked("a.jpg", "detect", "<loc0256><loc0128><loc0512><loc1024> cat ; "))
    )

    assert row["objects"] == [Box(label="cat", xmin=0.125, ymin=0.25, xmax=1.0, ymax=0.5)]


def test_folders_are_splits_and_names_of_uploads_are_undone(tmp_path):
    for split in ("train", "valid", "test"):
        text = json.dumps(asked("a_jpg.rf.0f1e2d.jpg", "q", "r")) + "\n"
        written(tmp_path, f"{split}/annotations.jsonl", text)

    rows = rows_of(open_source(tmp_path))

    assert [row["split"] for row in rows] == ["train", "validation", "test"]
    assert rows[0]["image"][0].path == "train/a_jpg.rf.0f1e2d.jpg"
    assert rows[0]["image"][0].also[-1] == "a.jpg"


def test_what_other_loaders_pass_over_is_reported(tmp_path):
    source = lines(
        tmp_path,
        asked("a.jpg", "q", "r"),
        {"image": "a.jpg", "prefix": "q"},
        asked("../b.jpg", "q", "r"),
        asked("c.jpg", "q", "r"),
        asked("c.jpg", "q", "other"),
    )

    assert list(problems_of(source)) == [2, 3]
    assert "answered twice" in list(source.records())[-1].note


def task(answer="accept", **more):
    return {"image": "a.png", "answer": answer, "_input_hash": 1, "_task_hash": 2, **more}


OPTIONS = [{"id": "a", "text": "A cat"}, {"id": 2, "text": "A dog"}]


def told(source, column):
    return [(each.cells.get(column), each.note) for each in source.records()]


@pytest.mark.parametrize(("chosen", "value"), [(["a"], "A cat"), ([2], "A dog")])
def test_a_choice_is_the_text_that_was_shown(tmp_path, chosen, value):
    source = lines(tmp_path, task(options=OPTIONS, accept=chosen))

    (record,) = source.records()
    assert (record.cells["choice"], record.standing) == (value, Standing.ACCEPTED)
    assert record.cells["chosen ids"] == [str(chosen[0])]
    assert source.columns()[1].config == {"type": "string", "choices": ["A cat", "A dog"]}


def test_several_choices_are_lists_and_no_choice_is_said(tmp_path):
    several = lines(
        tmp_path, task(options=OPTIONS, accept=["a", 2]), task(options=OPTIONS, accept=["a"])
    )
    none = lines(tmp_path, task(options=OPTIONS, accept=[]), name="b.jsonl")

    assert [row["choice"] for row in rows_of(several)] == [["A cat", "A dog"], ["A cat"]]
    assert told(none, "choice") == [(None, "none of the options was chosen")]


def test_rejected_and_ignored_tasks_have_no_value_unless_a_label_was_asked_for(tmp_path):
    source = lines(
        tmp_path,
        task("reject", options=OPTIONS, accept=["a"]),
        task("ignore", options=OPTIONS, accept=["a"]),
        task("accept", label="CAT"),
        task("reject", label="CAT"),
    )

    assert told(source, "choice")[:2] == [(None, "rejected there"), (None, "skipped there")]
    assert [value for value, _ in told(source, "is CAT")[2:]] == [True, False]


def test_spans_are_boxes_and_those_without_an_answer_suggestions(tmp_path):
    outline = [[1, 2], [1, 6], [4, 6], [4, 2], [2, 1]]
    span = {"label": "cat", "points": outline[:4], "score": 0.7}
    open_task = task(
        width=200, height=100, spans=[span, {"label": "x", "points": outline}, {"label": "y"}]
    )
    del open_task["answer"]

    (record,) = lines(tmp_path, open_task).records()

    box, around = record.cells["objects"]
    assert record.standing == Standing.SUGGESTION
    assert (box.xmin, box.ymin, box.xmax, box.ymax, box.width) == (1, 2, 4, 6, 200)
    assert box.attributes == {"score": 0.7}
    assert (around.ymin, around.attributes) == (1, {"points": outline})
    assert "boxes are left out" in record.note


def test_the_name_of_a_picture_inside_is_in_its_meta(tmp_path):
    row = task(image="data:image/png;base64,Ynl0ZXM=", meta={"file": "shelf/a.png"})

    (cells,) = rows_of(lines(tmp_path, row))
    assert (cells["image"][0].data, cells["image"][0].also) == (b"bytes", ("shelf/a.png",))


@pytest.mark.parametrize(
    ("sessions", "people"),
    [
        (["pets-anna", "pets-bo"], ["anna", "bo"]),
        (["my-pets-anna"], ["anna"]),
        (["pets-eva-li", "pets-bo-li"], ["eva-li", "bo-li"]),
        (
            ["2023-07-25_14-50-21", "2023-07-26_09-10-21"],
            ["2023-07-25_14-50-21", "2023-07-26_09-10-21"],
        ),
        (["pets-anna", "2023-07-25_14-50-21"], ["anna", "2023-07-25_14-50-21"]),
        (["pets-anna", ""], ["anna", ""]),
    ],
)
def test_a_session_of_prodigy_says_who_answered_after_the_name_of_its_dataset(
    tmp_path, sessions, people
):
    task = {"image": "a.png", "label": "CAT", "answer": "accept", "_input_hash": 1, "_task_hash": 2}
    source = lines(tmp_path, *(task | {"_session_id": session} for session in sessions))

    assert source.name == "prodigy"
    assert [record.author for record in source.records()] == people


def test_without_a_session_prodigy_says_who_answered_as_annotator(tmp_path):
    task = {"image": "a.png", "label": "CAT", "answer": "accept", "_task_hash": 2}
    source = lines(tmp_path, task | {"_session_id": None, "_annotator_id": "pets-bo"})

    assert [record.author for record in source.records()] == ["bo"]
