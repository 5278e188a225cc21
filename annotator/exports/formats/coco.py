"""COCO's JSON for detection: the boxes on the pictures of the samples that go in.

annotations/train.json, test.json   "info"; "images": {"id", "file_name", "width", "height", "source",
                                    "samples"}; "annotations": {"id", "image_id", "category_id", "bbox":
                                    [x, y, width, height], "area", "iscrowd", "attributes"}; "categories":
                                    {"id", "name"}
images/<sha256>.<ext>               each picture once
schema.json                         JSON Schema of the values

Corners are pixels of the upright picture. `samples` of an image lists those it belongs to, with their values;
`source` says where its file comes from. A picture of several samples stands once in a split.
Source: cocodataset.org, "Data format".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from annotator.exports.archive import Member
from annotator.exports.formats.records import SPLITS, DescribedExport
from annotator.exports.pictures import copy_of
from annotator.images.models import DetectionObject, Image

LABELED = ("labeled_by", "labeled_at", "schema")


@dataclass
class CocoExport(DescribedExport):
    """An export of this format."""

    name: ClassVar[str] = "coco"
    label: ClassVar[str] = "COCO"
    about: ClassVar[str] = (
        "A zip with annotations/train.json and test.json: the boxes on the pictures with their labels, "
        "each image once, the schema, and a manifest that names every sample left out and why."
    )
    for_people: ClassVar[bool] = True
    needs_objects: ClassVar[bool] = True
    opens_pictures: ClassVar[bool] = False

    categories: dict[str, int] = field(default_factory=dict)
    """Ids by label; the same in both splits."""

    def pictures(self, split: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Each picture of the split once, in the order of its first sample, with its boxes."""
        known: dict[str, dict[str, Any]] = {}
        boxes: dict[str, list[dict[str, Any]]] = {}
        for row, _ in self.samples(split):
            origin = self.provenance(row)
            sample = {key: origin[key] for key in ("id", "name", *LABELED)} | {"values": row.values}
            names = self.picture_names(row)
            for name, image, source in zip(names, row.images, origin["files"], strict=True):
                entry = known.get(name)
                if entry is None:
                    entry = known[name] = self.entry(len(known) + 1, name, image)
                    entry["source"] = source
                    scale = entry["width"] / (image.width_px or 1)
                    boxes[name] = [
                        self.box(entry, each, scale) for each in image.detection_objects.all()
                    ]
                entry["samples"].append(sample)
        for name, entry in known.items():
            yield entry, boxes[name]

    def entry(self, number: int, name: str, image: Image) -> dict[str, Any]:
        """One of `images`."""
        copy = copy_of(image, self.selection)
        size = {"width": copy.width_px, "height": copy.height_px}
        return {"id": number, "file_name": name, **size, "samples": []}

    def box(self, entry: dict[str, Any], box: DetectionObject, scale: float) -> dict[str, Any]:
        """One of `annotations`, without its id; `scale` is that of the picture's copy."""
        corners = [box.xmin, box.ymin, box.xmax, box.ymax]
        if scale != 1:
            corners = [round(corner * scale, 2) for corner in corners]
        left, top, right, bottom = corners
        width, height = right - left, bottom - top
        return {
            "image_id": entry["id"],
            "category_id": self.categories.setdefault(box.label.name, len(self.categories) + 1),
            "bbox": [left, top, width, height],
            "area": width * height,
            "iscrowd": 0,
            "attributes": box.meta_data,
        }

    def lines(self, split: str) -> Iterator[bytes]:
        """A picture each with its boxes, for the preview."""
        for entry, boxes in self.pictures(split):
            yield (json.dumps({**entry, "annotations": boxes}, ensure_ascii=False) + "\n").encode()

    def members(self) -> Iterator[Member]:
        """The annotations of each split, then what is beside them."""
        for split in SPLITS:
            if document := self.document(split):
                yield self.file_of(split), [document]
        yield from self.members_beside()

    def document(self, split: str) -> bytes:
        """The split's file; empty without a sample. The format is one object, held in memory."""
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for entry, boxes in self.pictures(split):
            images.append(entry)
            annotations += boxes
        for number, box in enumerate(annotations, start=1):
            box["id"] = number
        if not images:
            return b""
        document = {
            "info": {"description": self.dataset.name},
            "images": images,
            "annotations": annotations,
            "categories": [{"id": key, "name": name} for name, key in self.categories.items()],
        }
        text = json.dumps(document, ensure_ascii=False).encode()
        self._digest.update(text)
        return text

    def file_of(self, split: str) -> str:
        """The name of a split's file."""
        return f"annotations/{split}.json"

    def loading(self, splits: list[str]) -> str:
        """With the package `pycocotools`."""
        return f"""
`samples` of an image lists those it belongs to, with their values; `source` says where its file comes from.

After `pip install pycocotools`:

    from pycocotools.coco import COCO

    coco = COCO("{self.file_of(splits[0])}")
    image = coco.loadImgs(coco.getImgIds())[0]
    boxes = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
"""
