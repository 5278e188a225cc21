"""Label Studio's exports: values, boxes, people and models, with the traps of its reports."""

import json

import pytest

from annotator.imports.formats import open_source
from annotator.imports.formats.label_studio_values import picture
from annotator.imports.formats.records import Box, ImageReference, Role, Standing
from tests.imports.formats.files import problems_of, rows_of, written

CONFIG = """<View><Image name="img" value="$image"/>
<Choices name="kind" toName="img"><Choice value="a"/><Choice value="b" alias="B"/></Choices>
<Choices name="tags" toName="img" choice="multiple"><Choice value="x"/><Choice value="y"/></Choices>
<Choices name="ok" toName="img"><Choice value="true"/><Choice value="false"/></Choices>
<Number name="n" toName="img" min="0" max="10"/><Rating name="stars" toName="img" maxRating="7"/>
<TextArea name="note" toName="img" required="true"/><Taxonomy name="tax" toName="img"/>
<RectangleLabels name="box" toName="img"><Label value="cat"/></RectangleLabels></View>"""


def item(name, kind, **value):
    return {"from_name": name, "to_name": "img", "type": kind, "value": value}


def rectangle(x, y, width, height, rotation=0, size=(200, 100), **more):
    value = {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}
    place = {"original_width": size[0], "original_height": size[1]}
    return item("box", "rectanglelabels", **value, rectanglelabels=["cat"]) | place | more


RESULT = [
    item("kind", "choices", choices=["a"]),
    item("tags", "choices", choices=["x", "y"]),
    item("ok", "choices", choices=["false"]),
    item("n", "number", number=3.0),
    item("stars", "rating", rating=4),
    item("note", "textarea", text=["fine"]),
    item("tax", "taxonomy", taxonomy=[["animal", "cat"]]),
    rectangle(10, 20, 30, 40),
]
VALUES = {
    "kind": "a",
    "tags": ["x", "y"],
    "ok": False,
    "n": 3,
    "stars": 4,
    "note": "fine",
    "tax": "animal / cat",
}


MIN = {
    "image": "/data/upload/5/0a1b2c3d-a.jpg",
    "id": 7,
    "kind": "a",
    "tags": {"choices": ["x", "y"]},
    "ok": "true",
    "n": [{"number": 3}],
    "tax": [["animal", "cat"]],
    "box": [{"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["cat"],
             "original_width": 200, "original_height": 100}],
    "annotator": 1,
    "annotation_id": 9,
    "created_at": "2024",
    "updated_at": "2024",
    "lead_time": 1.5,
}  # fmt: skip


def task(number=1, annotations=(), **more):
    data = {"image": f"/data/upload/5/0a1b2c3d-{number}.jpg", "shelf": "A"}
    return {"id": number, "data": data, "annotations": list(annotations), **more}


def source_of(folder, *tasks, config=CONFIG):
    if config:
        written(folder, "label_config.xml", config)
    return open_source(written(folder, "tasks.json", json.dumps(tasks)))


def test_every_control_becomes_its_value(tmp_path):
    source = source_of(tmp_path, task(1, [{"result": RESULT, "completed_by": 2}]))

    (record,) = source.records()
    box = Box(label="cat", xmin=20, ymin=20, xmax=80, ymax=60, width=200, height=100)
    picture = ImageReference(path="0a1b2c3d-1.jpg", also=("0a1b2c3d-1.jpg", "1.jpg"))
    assert record.cells == {"id": "1", "image": [picture], "shelf": "A", **VALUES, "objects": [box]}
    assert (record.standing, record.author) == (Standing.ACCEPTED, "2")
    assert type(record.cells["n"]) is int


def test_the_labeling_configuration_gives_the_variables(tmp_path):
    source = source_of(tmp_path, task(1, [{"result": RESULT}]))

    configs = {
        column.name: column.config for column in source.columns() if column.role == Role.VARIABLE
    }
    assert configs == {
        "kind": {"type": "string", "choices": ["a", "B"]},
        "tags": {"type": "array", "item_schema": {"type": "string", "choices": ["x", "y"]}},
        "ok": {"type": "boolean"},
        "n": {"type": "integer", "min_value": 0, "max_value": 10},
        "stars": {"type": "integer", "min_value": 0, "max_value": 7},
        "note": {"type": "string", "required": True},
        "tax": {"type": "string"},
    }


def test_without_a_configuration_lists_are_told_by_all_tasks(tmp_path):
    one = [{"result": [item("tags", "choices", choices=["x"])]}]
    two = [
        {"result": [item("tags", "choices", choices=["x", "y"]), item("n", "number", number=1.5)]}
    ]
    source = source_of(tmp_path, task(1, one), task(2, two), config="")

    assert [row["tags"] for row in rows_of(source)] == [["x"], ["x", "y"]]
    assert [column.role for column in source.columns()][:3] == [
        Role.EXTERNAL_ID,
        Role.IMAGES,
        Role.METADATA,
    ]
    assert any("configuration" in note for note in source.notes())


def answer(text, **more):
    return {"result": [item("note", "textarea", text=[text])], **more}


def standings(source):
    return [(record.cells.get("note"), record.standing) for record in source.records()]


def test_several_people_who_agree_are_one_answer_and_those_who_do_not_are_reviewed(tmp_path):
    source = source_of(
        tmp_path,
        task(1, [answer("a"), answer("a")]),
        task(2, [answer("a", completed_by={"email": "x@example.org"}), answer("b")]),
        task(3, [answer("a"), answer("b", ground_truth=True)]),
    )

    assert standings(source) == [
        ("a", Standing.ACCEPTED),
        ("a", Standing.REVIEW),
        ("b", Standing.REVIEW),
        ("b", Standing.ACCEPTED),
    ]
    assert [record.author for record in source.records()][1] == "x@example.org"


def test_where_people_are_kept_each_of_them_has_a_record_though_they_agree(tmp_path):
    two = [answer("a", completed_by=1), answer("a", completed_by=2, ground_truth=True)]
    short = json.dumps([MIN, MIN | {"annotation_id": 10, "annotator": 2}])
    sources = [
        source_of(tmp_path / "full", task(1, two)),
        open_source(written(tmp_path / "short", "a.json", short)),
    ]

    for source in sources:
        source.keeps_people = True

    assert [source.name for source in sources] == ["label-studio", "label-studio-min"]
    assert [[each.author for each in source.records()] for source in sources] == [["1", "2"]] * 2


def test_skipped_tasks_have_no_value_and_drafts_are_reviewed(tmp_path):
    source = source_of(
        tmp_path,
        task(1, [answer("a", was_cancelled=True)]),
        task(2, drafts=[answer("b")]),
        task(3),
    )

    assert standings(source) == [(None, None), ("b", Standing.REVIEW), (None, None)]
    assert next(source.records()).note == "skipped there"
    assert any("1 tasks were skipped" in note for note in source.notes())


def test_old_exports_name_answers_otherwise(tmp_path):
    old = task(1) | {"completions": [answer("a"), answer("b", skipped=True)]}
    del old["annotations"]

    assert standings(source_of(tmp_path, old)) == [("a", Standing.ACCEPTED)]


def test_predictions_are_suggestions_with_score_and_version(tmp_path):
    predictions = [answer("a", score=0.8, model_version="m1"), answer("b", score=0.0)]
    source = source_of(tmp_path, task(1, [answer("c")], predictions=predictions))

    records = list(source.records())
    assert [(each.standing, each.source, each.confidence) for each in records] == [
        (Standing.ACCEPTED, "", {}),
        (Standing.SUGGESTION, "m1", {"note": 0.8}),
        (Standing.SUGGESTION, "", {}),
    ]


def test_predictions_that_are_only_numbers_are_said(tmp_path):
    source = source_of(tmp_path, task(1, [answer("c")], predictions=[7, 8]))

    assert len(list(source.records())) == 1
    assert any("2 predictions are only numbers" in note for note in source.notes())


def test_a_turned_rectangle_is_turned_in_pixels_about_its_upper_left_corner(tmp_path):
    turned = rectangle(50, 50, 25, 20, rotation=90, size=(400, 100))
    source = source_of(tmp_path, task(1, [{"result": [turned]}]))

    (box,) = rows_of(source)[0]["objects"]
    # 100 × 20 pixels at (200, 50), a quarter turn clockwise: 20 to the left, 100 down.
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == (180, 50, 200, 150)
    assert box.attributes == {"rotation": 90}


def test_what_is_said_of_a_region_is_an_attribute_of_its_box(tmp_path):
    result = [rectangle(0, 0, 10, 10, id="r"), item("kind", "choices", choices=["a"]) | {"id": "r"}]
    source = source_of(tmp_path, task(1, [{"result": result}]))

    (row,) = rows_of(source)
    assert row["objects"][0].attributes == {"kind": "a"}
    assert "kind" not in row


def test_shapes_that_cannot_be_kept_are_said(tmp_path):
    polygon = item("p", "polygonlabels", points=[[1, 2]], polygonlabels=["cat"])
    source = source_of(tmp_path, task(1, [{"result": [polygon]}]))

    assert "polygonlabels" in next(source.records()).note
    assert any("polygonlabels" in note for note in source.notes())


@pytest.mark.parametrize(
    ("address", "path", "also"),
    [
        ("/data/upload/5/0a1b2c3d-a b.jpg", "0a1b2c3d-a b.jpg", "a b.jpg"),
        ("upload/5/0a1b2c3d-a.jpg", "0a1b2c3d-a.jpg", "a.jpg"),
        ("/storage-data/uploaded/?filepath=upload/1/0a1b2c3d-a.jpg", "0a1b2c3d-a.jpg", "a.jpg"),
        ("/data/local-files/?d=shelf/b%20c.jpg", "shelf/b c.jpg", "b c.jpg"),
        ("s3://bucket/shelf/a.jpg", "shelf/a.jpg", "a.jpg"),
        ("http://localhost:8080/data/upload/5/0a1b2c3d-a.jpg", "0a1b2c3d-a.jpg", "a.jpg"),
        ("/tasks/7/resolve/?fileuri=czM6Ly9iL2EuanBn", "a.jpg", "a.jpg"),
        ("shelf/a.jpg", "shelf/a.jpg", "a.jpg"),
    ],
)
def test_pictures_are_named_by_any_of_its_addresses(address, path, also):
    assert picture(address).path == path
    assert also in picture(address).also


def test_an_address_of_another_server_stays_an_address():
    assert picture("https://example.org/a.jpg?size=2").path == "https://example.org/a.jpg?size=2"


def test_a_broken_task_does_not_stop_the_others(tmp_path):
    source = source_of(
        tmp_path, task(3, [answer("a")]), 7, {"id": 2}, {"data": 1, "annotations": "x"}
    )

    with_problem = problems_of(source)
    assert list(with_problem) == [2]


def test_a_labeling_configuration_with_entities_is_not_read(tmp_path):
    bomb = '<!DOCTYPE v [<!ENTITY a "aaaaaaaaaa">]><View><Image name="i" value="$image"/></View>'
    source = source_of(tmp_path, task(1, [answer("a")]), config=bomb)

    assert source.config.pictures == set()
