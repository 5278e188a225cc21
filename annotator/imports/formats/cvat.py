"""CVAT for images 1.1: tags and boxes with their attributes.

Source: cvat-ai/cvat, "CVAT for image" in its documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.boxes import left_out, turned
from annotator.imports.formats.cvat_labels import Label, config_of, read_label, value_of
from annotator.imports.formats.label_studio_config import number_of
from annotator.imports.formats.pictures import is_picture_path, lenient_reference
from annotator.imports.formats.records import Box, Column, Record, Role, Source, Standing
from annotator.imports.formats.xml_stream import Element, xml_events

FILE = "annotations.xml"
OTHER_SHAPES = {"polygon", "polyline", "points", "mask", "ellipse", "cuboid", "skeleton"}
FRAME_ENDINGS = (".PNG", ".png", ".jpg", ".jpeg")  # video frames are named without one
PLACES = ("images", "images/{subset}", "")


@dataclass
class Seen:
    """What a pass over the file says."""

    labels: dict[str, Label] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)  # attributes by the tag's label
    images: int = 0
    tracks: int = 0
    has_subsets: bool = False


class Cvat(Source):
    """Images with tags, each a yes-or-no variable with its attributes beside it, and boxes."""

    name: ClassVar[str] = "cvat"
    label: ClassVar[str] = "CVAT for images"

    @property
    def file(self) -> Path:
        """The document."""
        return self.path / FILE if self.path.is_dir() else self.path

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """XML that begins with annotations of version 1.1, or a folder with it."""
        file = path / FILE if path.is_dir() else path
        if not file.is_file() or file.suffix.lower() != ".xml":
            return False
        with file.open("rb") as opened:
            start = opened.read(4_096)
        return b"<annotations" in start and b"<version>1.1" in start

    def elements(self) -> Iterator[Element]:
        """The labels, images and tracks; each is forgotten after it."""
        ancestors: list[Element] = []
        with self.file.open("rb") as file:
            for event, element in xml_events(file):
                if event == "start":
                    ancestors.append(element)
                    continue
                ancestors.pop()
                if element.tag in ("image", "track") or (
                    element.tag == "label" and ancestors[-1].tag == "labels"
                ):
                    yield element
                    ancestors[-1].remove(element)

    @cached_property
    def seen(self) -> Seen:
        """What all images hold. Raises BadInput for a file without images."""
        seen = Seen()
        for element in self.elements():
            if element.tag == "label":
                label = read_label(element)
                seen.labels[label.name] = label
            elif element.tag == "track":
                seen.tracks += 1
            else:
                seen.images += 1
                seen.has_subsets = seen.has_subsets or bool(element.get("subset"))
                for tag in element.findall("tag"):
                    names = {each.get("name", "") for each in tag.findall("attribute")}
                    seen.tags.setdefault(tag.get("label", ""), set()).update(names)
        if seen.tracks and not seen.images:
            raise BadInput("It is of a video: export it as “CVAT for images 1.1”.")
        for label in seen.labels.values():
            if label.kind == "tag" or label.name in seen.tags:
                seen.tags.setdefault(label.name, set()).update(label.attributes)
        return seen

    @cached_property
    def answers(self) -> dict[tuple[str, str], Column]:
        """The columns of tags, by label and attribute; of the tag itself the attribute is empty."""
        counts: dict[str, int] = {}
        for label, names in self.seen.tags.items():
            for name in (label, *names):
                counts[name] = counts.get(name, 0) + 1
        columns = {}
        for label, names in self.seen.tags.items():
            role = Role.VARIABLE
            columns[label, ""] = Column(name=label, role=role, config={"type": "boolean"})
            for name in sorted(names, key=self._order(label)):
                column = f"{label} / {name}"
                variable = name if counts[name] == 1 else f"{label}_{name}"
                config = self.config(label, name)
                columns[label, name] = Column(
                    name=column, role=role, variable=variable, config=config
                )
        return columns

    def _order(self, label: str) -> Any:
        known = list(self.seen.labels[label].attributes) if label in self.seen.labels else []
        return lambda name: (known.index(name) if name in known else len(known), name)

    def config(self, label: str, attribute: str) -> dict[str, Any]:
        """The configuration of an attribute, as the file's labels say it."""
        known = self.seen.labels.get(label, Label(label)).attributes
        return config_of(*known.get(attribute, ("", [])))

    def columns(self) -> list[Column]:
        """Image, split, tags and their attributes, objects."""
        columns = [Column(name="image name", role=Role.IMAGES)]
        if self.seen.has_subsets:
            columns.append(Column(name="subset", role=Role.SPLIT))
        return [
            *columns,
            *self.answers.values(),
            Column(name="detection objects", role=Role.OBJECTS),
        ]

    def records(self) -> Iterator[Record]:
        """One for each image, and one more for what a model has added to it."""
        number = 0
        try:
            for element in self.elements():
                if element.tag != "image":
                    continue
                number += 1
                yield from self._records(number, element)
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def _records(self, number: int, image: Element) -> Iterator[Record]:
        shared: dict[str, Any] = {"image name": [self.picture(image)]}
        if image.get("subset"):
            shared["subset"] = image.get("subset")
        automatic = [each for each in image if each.get("source") == "auto"]
        manual = [each for each in image if each.get("source") != "auto"]
        cells, note = self._cells(image, manual)
        yield Record(
            number=number, cells=shared | cells, note=note, problem=row_problem(shared | cells)
        )
        cells, note = self._cells(image, automatic)
        if cells:
            standing = Standing.SUGGESTION
            yield Record(number=number, cells=shared | cells, standing=standing, note=note)

    def picture(self, image: Element) -> Any:
        """The image's picture, below images/ where it is there."""
        name = image.get("name", "")
        subset = image.get("subset") or "default"
        base = name.replace("\\", "/").rpartition("/")[2]
        also = [base] if is_picture_path(base) else [base + ending for ending in FRAME_ENDINGS]
        if name and not name.startswith("/") and ".." not in name.split("/"):
            for place in PLACES:
                path = f"{place.format(subset=subset)}/{name}".lstrip("/")
                if (self.root / path).is_file():
                    return lenient_reference(path, *also)
        return lenient_reference(name, *also)

    def _cells(self, image: Element, shapes: list[Element]) -> tuple[dict[str, Any], str]:
        cells: dict[str, Any] = {}
        boxes, reasons = [], []
        for shape in shapes:
            label = shape.get("label", "")
            if shape.tag == "tag":
                cells[self.answers[label, ""].name] = True
                cells |= {self.answers[label, k].name: v for k, v in self.attributes(shape).items()}
            elif shape.tag == "box":
                try:
                    boxes.append(self.box(image, shape))
                except BadInput as error:
                    reasons.append(str(error))
            elif shape.tag in OTHER_SHAPES:
                reasons.append(f"a {shape.tag}")
        return cells | ({"detection objects": boxes} if boxes else {}), left_out(reasons)

    def attributes(self, shape: Element) -> dict[str, Any]:
        """The values of a shape's attributes that have any."""
        label = shape.get("label", "")
        given = {each.get("name", ""): each.text or "" for each in shape.findall("attribute")}
        return {
            name: value_of(text, self.config(label, name)) for name, text in given.items() if text
        }

    def box(self, image: Element, shape: Element) -> Box:
        """A box; one that is turned about its centre becomes the upright one around it. Raises BadInput."""
        corners = [number_of(shape.get(key)) for key in ("xtl", "ytl", "xbr", "ybr")]
        size = [number_of(image.get(key)) for key in ("width", "height")]
        left, top, right, bottom = (
            float("nan") if each is None else float(each) for each in corners
        )
        if not (left < right and top < bottom):
            raise BadInput("a box without width or height")
        if not all(size):
            raise BadInput("a box of an image whose size isn't said")
        angle = number_of(shape.get("rotation")) or 0
        middle = (left + right) / 2, (top + bottom) / 2
        xmin, ymin, xmax, ymax = turned((left, top, right, bottom), angle, about=middle)
        attributes = self.attributes(shape) | ({"rotation": angle} if angle else {})
        return Box(
            label=shape.get("label", ""),
            xmin=xmin,
            ymin=ymin,
            xmax=xmax,
            ymax=ymax,
            width=int(size[0] or 0),
            height=int(size[1] or 0),
            attributes=attributes,
        )

    def notes(self) -> list[str]:
        """Videos, and what a missing tag means."""
        notes = []
        if self.seen.tracks:
            notes.append(f"{self.seen.tracks:,} tracks of a video aren't read.")
        if self.seen.tags:
            notes.append(
                "An image without a tag has no value for it: that it was looked at isn't said."
            )
        return notes
