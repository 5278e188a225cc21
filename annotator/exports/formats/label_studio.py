"""Tasks of Label Studio with the values as annotations, and the labeling interface that shows them.

tasks.json            [{"data": {"image", "sample", "name", "split", "files"}, "annotations": [{"result"}]}]
labeling_config.xml   the interface: a control per variable, and boxes where a picture has any
images/<sha256>.<ext> to be served as local files: LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT is the folder of the
                      archive, and its local storage is added in the project's settings

Only the first picture of a sample is shown there (`images` has them all). Lists and objects are texts of
JSON.
Source: HumanSignal/label-studio, docs/source/guide/{predictions,storage}.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar
from xml.etree import ElementTree

from annotator.datasets.models import Variable
from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member
from annotator.exports.formats.records import SPLITS, RecordExport, as_array
from annotator.exports.formats.tables import cell
from annotator.exports.selection import Pictures
from annotator.images.models import Image

LOCAL = "/data/local-files/?d="
BOXES = "boxes"  # the name of the control; a variable of that name gets "variable" before it
COLOR = "#4477AA"


@dataclass
class LabelStudioExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "label-studio"
    label: ClassVar[str] = "Label Studio"
    about: ClassVar[str] = (
        "A zip with tasks.json (values as annotations), labeling_config.xml, each image once, the schema, "
        "and a manifest that names every sample left out and why."
    )
    for_people: ClassVar[bool] = True
    needs_objects: ClassVar[bool] = True
    opens_pictures: ClassVar[bool] = False

    box_labels: set[str] = field(default_factory=set)
    """Of the boxes on the pictures of the samples written so far."""

    def file_of(self, split: str) -> str:
        """Both splits are in one file; `data.split` tells them apart."""
        return "tasks.json"

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One task."""
        origin = self.provenance(row)
        is_local = self.selection.pictures == Pictures.COPIES
        addresses = [LOCAL + name for name in names] if is_local else names
        data = {
            "image": addresses[0] if addresses else "",
            "images": addresses,
            "sample": origin["id"],
            "name": origin["name"],
            "split": "test" if row.sample.test else "train",
            "files": origin["files"],
            "labeled_by": origin["labeled_by"],
            "labeled_at": origin["labeled_at"],
            "schema": origin["schema"],
            "prompt": rendered.user,
        }
        result = [
            control(
                self.kinds[variable.name], self.controls[variable.name], row.values[variable.name]
            )
            for variable in self.variables
            if variable.name in row.values
        ]
        for image in row.images[:1]:
            result += rectangles(image)
        for image in row.images:
            self.box_labels.update(each.label.name for each in image.detection_objects.all())
        return {"data": data, "annotations": [{"result": result}]}

    @cached_property
    def controls(self) -> dict[str, str]:
        """The control's name by the variable's."""
        names = [each.name for each in self.variables]
        return {name: f"variable {name}" if name == BOXES else name for name in names}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of control by the variable's name."""
        return {each.name: kind_of(each) for each in self.variables}

    def members(self) -> Iterator[Member]:
        """As of every record export, but both splits are one file."""
        lines = (line for split in SPLITS for line in self.lines(split))
        yield "tasks.json", as_array(lines)
        yield from self.members_beside()
        yield "labeling_config.xml", [self.config()]

    def config(self) -> bytes:
        """The labeling interface."""
        view = ElementTree.Element("View")
        ElementTree.SubElement(view, "Image", name="image", value="$image")
        if self.box_labels:
            boxes = ElementTree.SubElement(view, "RectangleLabels", name=BOXES, toName="image")
            for name in sorted(self.box_labels):
                ElementTree.SubElement(boxes, "Label", value=name, background=COLOR)
        for variable in self.variables:
            add_control(view, variable, self.controls[variable.name])
        ElementTree.indent(view)
        return ElementTree.tostring(view, encoding="utf-8")

    def loading(self, splits: list[str]) -> str:
        """How to import it, and a check with Label Studio's own package."""
        return """
Start Label Studio with `LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true` and
`LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT` set to the folder that holds this file, make a project with
`labeling_config.xml`, add the folder `images` as its local storage, and import `tasks.json`.

After `pip install label-studio-sdk`:

    import json
    from label_studio_sdk.label_interface import LabelInterface

    with open("labeling_config.xml", encoding="utf-8") as file:
        interface = LabelInterface(file.read())
    interface.validate()
    with open("tasks.json", encoding="utf-8") as file:
        tasks = json.load(file)
    assert all(interface.validate_annotation(task["annotations"][0]) for task in tasks)
"""


def kind_of(variable: Variable) -> str:
    """choices, number or textarea, by what JSON Schema says of the type's values."""
    schema = variable.spec.type_rules.json_schema(strict=False)
    if "enum" in schema or schema["type"] == "boolean":
        return "choices"
    return "number" if schema["type"] in ("integer", "number") else "textarea"


def choices_of(variable: Variable) -> list[str]:
    """What can be chosen, as texts."""
    schema = variable.spec.type_rules.json_schema(strict=False)
    return [str(each) for each in schema.get("enum", ())] or ["true", "false"]


def add_control(view: ElementTree.Element, variable: Variable, name: str) -> None:
    """Add a variable's control to the interface."""
    kind = kind_of(variable)
    ElementTree.SubElement(view, "Header", value=variable.description or variable.name)
    shared = {"name": name, "toName": "image", "required": str(variable.required).lower()}
    if kind == "choices":
        control = ElementTree.SubElement(view, "Choices", {"choice": "single", **shared})
        for choice in choices_of(variable):
            ElementTree.SubElement(control, "Choice", value=choice)
    elif kind == "number":
        schema = variable.spec.type_rules.json_schema(strict=False)
        bounds = {"min": schema.get("minimum"), "max": schema.get("maximum")}
        given = {key: str(bound) for key, bound in bounds.items() if bound is not None}
        ElementTree.SubElement(view, "Number", shared | given)
    else:
        ElementTree.SubElement(view, "TextArea", shared)


def control(kind: str, name: str, value: Any) -> dict[str, Any]:
    """One result item: the value of a variable."""
    held: dict[str, Any]
    if kind == "choices":
        held = {"choices": [str(value).lower() if isinstance(value, bool) else str(value)]}
    elif kind == "number":
        held = {"number": value}
    else:
        held = {"text": [cell(value)]}
    return {"from_name": name, "to_name": "image", "type": kind, "value": held}


def boxes_of(image: Image) -> Iterator[tuple[str, dict[str, float]]]:
    """The label and the corner and size, in percent of the picture, of each of its boxes."""
    width, height = image.width_px or 1, image.height_px or 1
    for each in image.detection_objects.all():
        yield (
            each.label.name,
            {
                "x": 100 * each.xmin / width,
                "y": 100 * each.ymin / height,
                "width": 100 * (each.xmax - each.xmin) / width,
                "height": 100 * (each.ymax - each.ymin) / height,
                "rotation": 0,
            },
        )


def rectangles(image: Image) -> Iterator[dict[str, Any]]:
    """The result items of a picture's boxes."""
    for number, (label, place) in enumerate(boxes_of(image), start=1):
        yield {
            "id": f"box{number}",
            "from_name": BOXES,
            "to_name": "image",
            "type": "rectanglelabels",
            "original_width": image.width_px,
            "original_height": image.height_px,
            "image_rotation": 0,
            "value": {**place, "rectanglelabels": [label]},
        }
