"""COCO: boxes and captions in one document, or in one per split below annotations/.

The images and annotations of a document may come in any order, so annotations are kept in a temporary
database on disk. Source: cocodataset.org, "Data format".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.boxes import from_size, is_number, left_out, size_of
from annotator.imports.formats.coco_index import CocoIndex
from annotator.imports.formats.json_files import is_object, list_of
from annotator.imports.formats.json_stream import first_members, first_object
from annotator.imports.formats.pictures import is_picture_path, lenient_reference
from annotator.imports.formats.records import Box, Column, Record, Role, Source, Standing
from annotator.imports.formats.splits import split_word

OURS = ("id", "name", "split", "image", "objects")  # columns that every file has
IMAGE_KEYS = {"id", "file_name", "width", "height", "samples", "source"}
MANY = 0.05  # share of boxes that pass the picture's edge
PLACES = ("", "images/{split}/", "images/", "{split}/", "{split}/images/")


class Coco(Source):
    """Images with boxes, captions and our own values where our export wrote the file."""

    name: ClassVar[str] = "coco"
    label: ClassVar[str] = "COCO"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A document, or a folder with documents in annotations/."""
        files = documents(path)
        return bool(files) and is_coco(files[0])

    @cached_property
    def index(self) -> CocoIndex:
        """The annotations of all documents."""
        return CocoIndex([file for file in documents(self.path) if is_coco(file)])

    def columns(self) -> list[Column]:
        """External id, name, split, image, objects, captions, what else images have, values of our export."""
        roles = (Role.EXTERNAL_ID, Role.NAME, Role.SPLIT, Role.IMAGES, Role.OBJECTS)
        columns = [Column(name=name, role=role) for name, role in zip(OURS, roles, strict=True)]
        if self.index.captions:
            kind = {"type": "string"} if self.index.captions == 1 else {"type": "array"}
            columns.append(Column(name="caption", role=Role.VARIABLE, config=kind))
        columns += [Column(name=self.value_column(key)) for key in self.index.values]
        known = {column.name for column in columns}
        extra = [key for key in self.index.keys if key not in IMAGE_KEYS and key not in known]
        return columns + [Column(name=key, role=Role.METADATA) for key in extra]

    @staticmethod
    def value_column(key: str) -> str:
        """The column of a variable of our own export."""
        return f"variable {key}" if key in (*OURS, "caption") else key

    def records(self) -> Iterator[Record]:
        """One for each image; for each of its samples where our export wrote them."""
        number = 0
        try:
            for file, image in self.index.images():
                number += 1
                yield from self._records(number, file, image)
            if self.index.damage:
                raise BadInput(self.index.damage)
        except BadInput as error:
            yield Record(number=number + 1, problem=f"{error}; nothing after it is read")

    def _records(self, number: int, file: Path, image: Any) -> Iterator[Record]:
        if not isinstance(image, dict) or not isinstance(image.get("file_name"), str):
            yield Record(number=number, problem="an image without file_name")
            return
        if self.index.times(file, image.get("id")) > 1:
            problem = f"the image id {image.get('id')} stands there more than once, so its boxes are unclear"
            yield Record(number=number, problem=problem)
            return
        samples = list_of(image, "samples")
        if not samples:
            yield self._record(number, file, [image], {})
        for sample in filter(is_object, samples):
            images = self.index.images_of(file, sample.get("id"))
            if images[0].get("id") == image.get("id"):  # else it came with its first picture
                yield self._record(number, file, images, sample)

    def _record(
        self, number: int, file: Path, images: list[dict[str, Any]], sample: dict[str, Any]
    ) -> Record:
        """The record of an image, or of all images of one of our samples."""
        cells, notes = self._cells(file, images[0])
        for place, image in enumerate(images[1:], start=1):
            more, reasons = self._cells(file, image)
            cells["image"] += more["image"]
            cells["objects"] += [replace(box, image=place) for box in more["objects"]]
            notes += reasons
        if sample:
            cells |= {"id": str(sample.get("id", "")), "name": sample.get("name")}
        cells = {key: value for key, value in cells.items() if value not in (None, "", [])}
        values = sample.get("values")
        for key, value in values.items() if isinstance(values, dict) else ():
            cells[self.value_column(key)] = value
        return Record(number=number, cells=cells, note=left_out(notes), problem=row_problem(cells))

    def _cells(self, file: Path, image: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        split = split_word(file.stem)  # as folders of pictures are named, too
        boxes: list[Box] = []
        captions: list[str] = []
        reasons: list[str] = []
        for annotation in self.index.annotations(file, image.get("id")):
            if isinstance(annotation.get("caption"), str):
                captions.append(annotation["caption"])
            if annotation.get("bbox") is None and "caption" in annotation:
                continue
            try:
                boxes.append(self._box(file, image, annotation))
            except BadInput as error:
                reasons.append(str(error))
        caption: Any = captions if self.index.captions > 1 else next(iter(captions), None)
        cells = {key: value for key, value in image.items() if key not in IMAGE_KEYS}
        name = image["file_name"]
        cells |= {"id": str(image.get("id")), "split": split, "objects": boxes, "caption": caption}
        cells["image"] = [lenient_reference(self._place(name, split), name)]
        return cells, reasons

    def _box(self, file: Path, image: dict[str, Any], annotation: dict[str, Any]) -> Box:
        if annotation.get("iscrowd") == 1:
            raise BadInput("a crowd")
        if "category_id" not in annotation:
            raise BadInput("a box without category_id")
        try:
            xmin, ymin, xmax, ymax = from_size(annotation.get("bbox"))
        except BadInput as error:
            raise BadInput(f"a box that {error}") from None
        size = size_of(image, "width", "height")
        if size is None:
            raise BadInput("a box of an image without width and height")
        attributes = annotation.get("attributes")
        extra = {"score": annotation["score"]} if is_number(annotation.get("score")) else {}
        return Box(
            label=self.index.label(file, annotation["category_id"]),
            xmin=xmin,
            ymin=ymin,
            xmax=xmax,
            ymax=ymax,
            width=size[0],
            height=size[1],
            attributes=(attributes if isinstance(attributes, dict) else {}) | extra,
        )

    def _place(self, name: str, split: str) -> str:
        """The picture's path below the root, where it is there; else its name."""
        if not is_picture_path(name) or ".." in name.split("/") or name.startswith("/"):
            return name
        places = (f"{place.format(split=split)}{name}" for place in PLACES)
        return next((place for place in places if (self.root / place).is_file()), name)

    def notes(self) -> list[str]:
        """Annotations of unknown images, boxes that pass the edge."""
        notes = []
        if self.index.strays:
            notes.append(f"{self.index.strays:,} annotations belong to no image of the file.")
        if self.index.boxes and self.index.outside / self.index.boxes > MANY:
            notes.append(
                f"{self.index.outside:,} of {self.index.boxes:,} boxes pass their picture's edge: is `bbox` "
                "two corners and not a corner and a size?"
            )
        return notes


class CocoResults(Source):
    """COCO's results of a model: boxes or captions with scores, by the images' ids."""

    name: ClassVar[str] = "coco-results"
    label: ClassVar[str] = "COCO results"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A JSON array of objects with image_id and score or caption."""
        if not path.is_file() or path.suffix.lower() != ".json":
            return False
        first = first_object(path)
        return "image_id" in first and bool({"score", "caption"} & first.keys())

    @cached_property
    def index(self) -> CocoIndex:
        """The results by image."""
        return CocoIndex([], results=self.path)

    def columns(self) -> list[Column]:
        """External id and captions. Boxes without their picture's size can't be kept."""
        columns = [Column(name="id", role=Role.EXTERNAL_ID)]
        if self.index.captions:
            columns.append(Column(name="caption", role=Role.VARIABLE, config={"type": "string"}))
        return columns

    def records(self) -> Iterator[Record]:
        """One suggestion for each image."""
        for number, (image_id, results) in enumerate(self.index.by_image(), start=1):
            captions = [each["caption"] for each in results if isinstance(each.get("caption"), str)]
            cells = {"id": str(json.loads(image_id))} | (
                {"caption": captions[0]} if captions else {}
            )
            yield Record(
                number=number, cells=cells, standing=Standing.SUGGESTION, problem=row_problem(cells)
            )

    def notes(self) -> list[str]:
        """What results don't say."""
        return [
            "Results name neither pictures nor labels: their boxes aren't read. Give a COCO file with both."
        ]


def documents(path: Path) -> list[Path]:
    """The document itself, or those in a folder's annotations/."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".json" else []
    return sorted((path / "annotations").glob("*.json"))[:100]


def is_coco(path: Path) -> bool:
    """An object with arrays of images, annotations and categories, as far as its beginning shows."""
    members = first_members(path)
    images, annotations = members.get("images"), members.get("annotations")
    if isinstance(images, list) and images:
        is_image = isinstance(images[0], dict) and "file_name" in images[0]
        return is_image and (isinstance(annotations, list) or annotations is None)
    first = annotations[0] if isinstance(annotations, list) and annotations else None
    return isinstance(first, dict) and "image_id" in first
