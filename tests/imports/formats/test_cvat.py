"""CVAT's XML: tags, attributes, boxes, and hostile documents."""

import pytest

from annotator.errors import BadInput
from annotator.imports.formats import open_source
from annotator.imports.formats.records import Box, Role, Standing
from tests.imports.formats.files import rows_of, written

META = """<meta><task><labels>
<label><name>cat</name><attributes><attribute><name>age</name><input_type>number</input_type><values>0
9
1</values></attribute></attributes></label>
<label><name>good</name><type>tag</type><attributes>
<attribute><name>sharp</name><input_type>checkbox</input_type><values>false</values></attribute>
<attribute><name>light</name><input_type>select</input_type><values>day
night</values></attribute>
<attribute><name>grade</name><input_type>number</input_type><values>0
5
0.5</values></attribute></attributes></label></labels></task></meta>"""
BOX = (
    '<box label="cat" source="manual" occluded="0" xtl="1.00" ytl="2.00" xbr="9.00" ybr="8.00" z_order="0">'
    '<attribute name="age">3</attribute></box>'
)
TAG = (
    '<tag label="good" source="manual"><attribute name="sharp">true</attribute>'
    '<attribute name="light">day</attribute><attribute name="grade">4.5</attribute></tag>'
)


def document(*images, meta=META, head='<?xml version="1.0" encoding="utf-8"?>'):
    return f"{head}<annotations><version>1.1</version>{meta}{''.join(images)}</annotations>"


def image(shapes="", name="d/a.jpg", **more):
    extra = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<image id="0" name="{name}" width="200" height="100"{extra}>{shapes}</image>'


def source_of(folder, *images, **options):
    return open_source(written(folder, "annotations.xml", document(*images, **options)))


def test_tags_and_attributes_are_values_and_boxes_are_objects(tmp_path):
    source = source_of(tmp_path, image(BOX + TAG, subset="test"), image())

    first, second = rows_of(source)
    box = Box(
        label="cat", xmin=1, ymin=2, xmax=9, ymax=8, width=200, height=100, attributes={"age": 3}
    )
    assert first.pop("image name")[0].path == "d/a.jpg"
    assert first == {
        "subset": "test",
        "good": True,
        "good / sharp": True,
        "good / light": "day",
        "good / grade": 4.5,
        "detection objects": [box],
    }
    assert second.keys() == {"image name"}


def test_the_labels_give_the_variables(tmp_path):
    source = source_of(tmp_path, image(BOX))

    variables = {
        each.variable or each.name: each.config
        for each in source.columns()
        if each.role == Role.VARIABLE
    }
    assert variables == {
        "good": {"type": "boolean"},
        "sharp": {"type": "boolean"},
        "light": {"type": "string", "choices": ["day", "night"]},
        "grade": {"type": "float", "min_value": 0, "max_value": 5, "step_size": 0.5},
    }


def test_labels_that_the_file_does_not_list_are_taken_from_its_shapes(tmp_path):
    source = source_of(tmp_path, image(BOX + TAG), meta="<meta><task><labels/></task></meta>")

    (row,) = rows_of(source)
    assert (row["good"], row["good / sharp"]) == (True, "true")
    assert row["detection objects"][0].attributes == {"age": "3"}


def test_a_box_is_turned_about_its_centre(tmp_path):
    turned = BOX.replace("xtl=", 'rotation="90.00" xtl=')
    source = source_of(tmp_path, image(turned))

    (box,) = rows_of(source)[0]["detection objects"]
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == (2, 1, 8, 9)
    assert box.attributes == {"age": 3, "rotation": 90}


def test_what_a_model_has_added_is_a_suggestion(tmp_path):
    source = source_of(tmp_path, image(BOX + TAG.replace("manual", "auto")))

    manual, automatic = source.records()
    assert (manual.standing, automatic.standing) == (None, Standing.SUGGESTION)
    assert "good" not in manual.cells
    assert automatic.cells["good"] is True


def test_other_shapes_are_left_out_and_said(tmp_path):
    polygon = '<polygon label="cat" source="manual" points="1,2;3,4"/>'
    flat = BOX.replace('xbr="9.00"', 'xbr="1.00"')

    (record,) = source_of(tmp_path, image(polygon + polygon + flat)).records()

    assert record.note == "boxes are left out: a polygon, a box without width or height"


def test_a_video_is_refused(tmp_path):
    track = '<track id="0" label="cat"><box frame="0" outside="0" xtl="1" ytl="1" xbr="2" ybr="2"/></track>'

    with pytest.raises(BadInput, match="video"):
        source_of(tmp_path, track).columns()


def test_a_folder_has_its_pictures_below_images(tmp_path):
    written(tmp_path, "images/train/b.jpg", b"x")
    source_of(tmp_path, image(name="b.jpg", subset="train"), image(name="frame_000042"))

    first, second = rows_of(open_source(tmp_path))

    assert first["image name"][0].path == "images/train/b.jpg"
    assert "frame_000042.jpg" in second["image name"][0].also


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<?xml version="1.0"?><!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd">',
    ],
)
def test_document_types_are_refused(tmp_path, head):
    source = source_of(tmp_path, image(), head=head)

    with pytest.raises(BadInput, match="document type"):
        source.columns()


def test_deep_and_cut_documents_are_refused(tmp_path):
    with pytest.raises(BadInput, match="too deeply"):
        source_of(tmp_path, "<a>" * 200 + "</a>" * 200).columns()
    path = written(tmp_path, "b.xml", document(image(), image())[:-50])
    with pytest.raises(BadInput, match="not valid XML"):
        open_source(path).columns()
