"""COCO's documents and results, and what makes boxes unclear."""

import json

import pytest

from annotator.imports.formats import open_source
from annotator.imports.formats.records import Box, ImageReference, Role, Standing
from tests.imports.formats.files import problems_of, rows_of, written


def image(number, name=None, **more):
    return {"id": number, "file_name": name or f"{number}.jpg", "width": 200, "height": 100, **more}


def box(image_id, bbox=(10, 20, 30, 40), category=3, **more):
    return {
        "id": 1,
        "image_id": image_id,
        "category_id": category,
        "bbox": list(bbox),
        "iscrowd": 0,
        **more,
    }


def source_of(folder, images, annotations, name="instances_train.json", **more):
    document = {
        "info": {},
        "annotations": annotations,
        "categories": [{"id": 3, "name": "cat"}, {"id": 90, "name": "dog"}],
        "images": images,
        **more,
    }
    return open_source(written(folder, name, json.dumps(document)))


CAT = Box(label="cat", xmin=10, ymin=20, xmax=40, ymax=60, width=200, height=100)


def test_boxes_get_the_names_of_their_categories_whatever_the_order_of_the_file(tmp_path):
    annotations = [box(2, category=90, attributes={"age": 3}), box(1)]
    source = source_of(tmp_path, [image(1, license=4), image(2)], annotations)

    first, second = rows_of(source)
    assert first == {
        "id": "1",
        "split": "train",
        "image": [ImageReference(path="1.jpg", also=("1.jpg",))],
        "objects": [CAT],
        "license": 4,
    }
    assert (second["objects"][0].label, second["objects"][0].attributes) == ("dog", {"age": 3})


def test_equal_image_ids_refuse_their_images(tmp_path):
    source = source_of(tmp_path, [image(1), image(1, "b.jpg"), image(2)], [box(1), box(2)])

    assert list(problems_of(source)) == [1, 2]
    assert rows_of(source)[2]["objects"] == [CAT]


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (box(1, iscrowd=1), "crowd"),
        (box(1, ("10", 20, 30, 40)), "four numbers"),
        (box(1, (10, 20, -3, 40)), "width or height"),
        (box(1, (10, 20, 30)), "four numbers"),
        ({"image_id": 1, "bbox": [1, 2, 3, 4]}, "category_id"),
        (box(1, (10, 20, float("nan"), 40)), "four numbers"),
        (box(1, (10, 20, 10**400, 40)), "four numbers"),
    ],
)
def test_a_box_that_cannot_be_used_is_left_out_and_its_image_stays(tmp_path, annotation, reason):
    source = source_of(tmp_path, [image(1)], [annotation, box(1)])

    (record,) = source.records()
    assert record.cells["objects"] == [CAT]
    assert reason in record.note


def test_annotations_of_unknown_images_and_boxes_beyond_the_edge_are_said(tmp_path):
    corners = [box(1, (150, 50, 190, 90)), box(7)]
    notes = source_of(tmp_path, [image(1)], corners).notes()

    assert "1 annotations belong to no image" in notes[0]
    assert "two corners" in notes[1]


def test_captions_are_a_text_or_a_list_where_an_image_has_several(tmp_path):
    captions = [{"image_id": n, "caption": text} for n, text in ((1, "a"), (1, "b"), (2, "c"))]

    one = source_of(tmp_path, [image(1), image(2)], captions[1:], "captions_val.json")
    several = source_of(tmp_path, [image(1), image(2)], captions, "captions_test.json")

    assert [row["caption"] for row in rows_of(one)] == ["b", "c"]
    assert [row["caption"] for row in rows_of(several)] == [["a", "b"], ["c"]]
    assert [row["split"] for row in rows_of(one)] == ["val", "val"]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("person_keypoints_val2017", "val"),
        ("image_info_test-dev2017", "test"),
        ("dev", "dev"),
        ("retraining_labels", ""),
    ],
)
def test_the_name_of_a_document_says_the_split(tmp_path, name, split):
    (row,) = rows_of(source_of(tmp_path, [image(1)], [box(1)], f"{name}.json"))

    assert row.get("split", "") == split


def test_a_folder_has_a_document_for_each_split_and_pictures_beside(tmp_path):
    source_of(tmp_path / "annotations", [image(1)], [box(1)], "instances_train.json")
    source_of(tmp_path / "annotations", [image(1)], [box(1, category=90)], "instances_test.json")
    written(tmp_path, "images/train/1.jpg", b"x")

    rows = rows_of(open_source(tmp_path))

    assert [(row["split"], row["objects"][0].label) for row in rows] == [
        ("test", "dog"),
        ("train", "cat"),
    ]
    assert [row["image"][0].path for row in rows] == ["1.jpg", "images/train/1.jpg"]


def test_results_are_suggestions_by_image(tmp_path):
    results = [
        {"image_id": 1, "caption": "a cat"},
        {"image_id": 2, "caption": "a dog", "score": 0.5},
    ]
    source = open_source(written(tmp_path, "r.json", json.dumps(results)))

    assert source.name == "coco-results"
    assert [(each.cells, each.standing) for each in source.records()] == [
        ({"id": "1", "caption": "a cat"}, Standing.SUGGESTION),
        ({"id": "2", "caption": "a dog"}, Standing.SUGGESTION),
    ]


def test_a_broken_document_says_where_it_ends(tmp_path):
    path = written(tmp_path, "a.json", json.dumps({"images": [image(1)], "annotations": []})[:-20])
    source = open_source(path, format="coco")

    assert source.columns()[0].role == Role.EXTERNAL_ID
    assert "nothing after it is read" in list(source.records())[-1].problem
