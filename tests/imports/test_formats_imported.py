"""Files of other tools beside their pictures become samples with values and boxes, columns as guessed."""

import json

import pytest

from annotator.datasets.models import Sample, VariableValue
from annotator.images.models import DetectionObject
from annotator.imports.formats.records import Standing
from tests.imports.answering import check, opened, problems, run
from tests.pictures import picture

pytestmark = pytest.mark.django_db

LABEL_STUDIO = [
    {
        "id": 7,
        "data": {"image": "/data/upload/5/0a1b2c3d-a.jpg"},
        "annotations": [
            {
                "result": [
                    {"from_name": "kind", "type": "choices", "value": {"choices": ["cat"]}},
                    {
                        "from_name": "box",
                        "type": "rectanglelabels",
                        "original_width": 320,
                        "original_height": 240,
                        "value": {
                            "x": 10,
                            "y": 10,
                            "width": 50,
                            "height": 50,
                            "rectanglelabels": ["ear"],
                        },
                    },
                ]
            }
        ],
    }
]
COCO = {
    "images": [{"id": 7, "file_name": "a.jpg", "width": 320, "height": 240}],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 1, "bbox": [32, 24, 160, 120]},
        {"id": 2, "image_id": 7, "caption": "cat"},
    ],
    "categories": [{"id": 1, "name": "ear"}],
}
CVAT = """<annotations><version>1.1</version><meta><task><labels><label><name>seen</name><attributes>
<attribute><name>kind</name><input_type>select</input_type><values>cat
dog</values></attribute></attributes></label></labels></task></meta>
<image id="0" name="a.jpg" width="320" height="240">
<box label="ear" source="manual" xtl="32" ytl="24" xbr="192" ybr="144"/>
<tag label="seen" source="manual"><attribute name="kind">cat</attribute></tag></image></annotations>"""
DOCCANO = {
    "id": 7,
    "filename": "a.jpg",
    "label": ["cat"],
    "bbox": [{"x": 32, "y": 24, "width": 160, "height": 120, "label": "ear"}],
}
BOX = (32, 24, 192, 144)
FILES = {
    "label-studio": ("tasks.json", json.dumps(LABEL_STUDIO), "kind", True),
    "coco": ("instances.json", json.dumps(COCO), "caption", True),
    "cvat": ("annotations.xml", CVAT, "kind", True),
    "doccano": ("all.jsonl", json.dumps(DOCCANO) + "\n", "label", True),
    "imagefolder": ("metadata.jsonl", '{"file_name": "a.jpg", "kind": "cat"}\n', "kind", False),
    "csv": ("answers.csv", "image;kind\na.jpg;cat\n", "kind", False),
}


@pytest.mark.parametrize("format", FILES)
def test_a_file_beside_its_pictures_becomes_samples_with_values_and_boxes(
    dataset, tmp_path, format
):
    name, content, variable, has_boxes = FILES[format]
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / name).write_text(content)
    (folder / "a.jpg").write_bytes(picture(320, 240, seed=1))

    answer_import = opened(dataset, folder, standing=Standing.ACCEPTED)
    checked = check(answer_import)
    done = run(checked)

    assert (answer_import.source_format, problems(done)) == (format, [])
    sample = Sample.objects.get(dataset=dataset)
    assert sample.sample_images.count() == 1
    value = VariableValue.objects.get(sample=sample, variable__name=variable, is_set=True)
    assert value.value == "cat"
    boxes = DetectionObject.objects.values_list("label__name", "xmin", "ymin", "xmax", "ymax")
    assert list(boxes) == ([("ear", *BOX)] if has_boxes else [])


def test_numbers_beyond_all_bounds_are_kept_as_text_in_metadata(dataset, tmp_path):
    (tmp_path / "a.jpg").write_bytes(picture(320, 240, seed=1))
    path = tmp_path / "a.jsonl"
    path.write_text('{"image": "a.jpg", "meta": {"n": [1e999, -1e999, 1.5, true]}}\n')

    done = run(opened(dataset, path))

    assert problems(done) == []
    assert Sample.objects.get().input_meta_data == {"meta": {"n": ["inf", "-inf", 1.5, True]}}
