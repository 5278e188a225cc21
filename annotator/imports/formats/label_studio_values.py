"""The values and boxes of a result of Label Studio.

Source: the converter of HumanSignal/label-studio-sdk; the guides on export and predictions.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from annotator.errors import BadInput
from annotator.imports.formats.boxes import is_number, size_of, turned
from annotator.imports.formats.pictures import UPLOAD_PREFIX, lenient_reference
from annotator.imports.formats.records import Box, ImageReference

# What holds the answer in an item's `value`, by its type.
HOLDERS = {
    "choices": "choices",
    "number": "number",
    "rating": "rating",
    "textarea": "text",
    "taxonomy": "taxonomy",
    "datetime": "datetime",
}
SERVED = ("d", "filepath")  # in addresses, the parameters that hold the file's path


@dataclass
class Answers:
    """What one annotation or prediction says: lists by control, boxes, and what can't be read."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_result(result: Any) -> Answers:
    """Read the items of a result. What belongs to a region becomes an attribute of its box."""
    answers = Answers()
    if not isinstance(result, list):
        return answers
    items = [
        item for item in result if isinstance(item, dict) and isinstance(item.get("value"), dict)
    ]
    regions: dict[str, dict[str, Any]] = {}
    for item in items:
        if is_region(item) and item.get("id"):
            regions.setdefault(str(item["id"]), {})
    for item in items:
        kind, name = str(item.get("type")), str(item.get("from_name", ""))
        if is_region(item):
            continue
        if str(item.get("id")) in regions:
            regions[str(item["id"])][name] = single(values_of(item))
        elif kind in HOLDERS:
            answers.values.setdefault(name, []).extend(values_of(item))
        else:
            answers.unread.append(f"{kind} can't be read")
    for item in filter(is_region, items):
        try:
            answers.boxes.append(box_of(item, regions.get(str(item.get("id")), {})))
        except BadInput as error:
            answers.unread.append(str(error))
    return answers


def is_region(item: dict[str, Any]) -> bool:
    """Whether an item is a rectangle."""
    return item.get("type") in ("rectanglelabels", "rectangle")


def values_of(item: dict[str, Any]) -> list[Any]:
    """The answers of an item, as a list; paths of a taxonomy are joined: "a / b"."""
    kind = str(item.get("type"))
    held = item["value"].get(HOLDERS.get(kind, kind))
    parts = held if isinstance(held, list) else [held]
    joined = [" / ".join(map(str, part)) if isinstance(part, list) else part for part in parts]
    return [part for part in joined if part is not None]


def single(values: list[Any]) -> Any:
    """The one value, or the list of several."""
    return values[0] if len(values) == 1 else values


def box_of(item: dict[str, Any], attributes: dict[str, Any]) -> Box:
    """A rectangle; x and y are its upper left corner also where it's turned. Raises BadInput."""
    value = item["value"]
    place = [value.get(key) for key in ("x", "y", "width", "height")]
    if not all(map(is_number, place)):
        raise BadInput("a rectangle without place and size")
    labels = value.get("rectanglelabels") or value.get("labels") or attributes.get("label")
    label = next(map(str, labels), "") if isinstance(labels, list) else str(labels or "")
    width, height = size_of(item, "original_width", "original_height") or (0, 0)
    angle = value.get("rotation") if is_number(value.get("rotation")) else 0
    if angle and not width:
        raise BadInput("a turned rectangle of a picture whose size isn't said")
    x, y, w, h = (
        part / 100 * size for part, size in zip(place, (width or 1, height or 1) * 2, strict=True)
    )
    xmin, ymin, xmax, ymax = turned((x, y, x + w, y + h), angle or 0, about=(x, y))
    return Box(
        label=label,
        xmin=xmin,
        ymin=ymin,
        xmax=xmax,
        ymax=ymax,
        width=width or None,
        height=height or None,
        attributes=attributes | ({"rotation": angle} if angle else {}),
    )


def picture(text: str) -> ImageReference:
    """A picture by any of the addresses that Label Studio serves it at."""
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and "/data/" not in parts.path:
        return ImageReference(path=text)
    query = parse_qs(parts.query)
    if hidden := query.get("fileuri"):
        try:
            return picture(base64.b64decode(hidden[0]).decode())
        except (binascii.Error, ValueError):
            return lenient_reference(hidden[0])
    path = next((query[key][0] for key in SERVED if key in query), "")
    if not path:
        path = text if parts.scheme in ("", "data") else parts.path.lstrip("/")
    if parts.scheme == "data":
        return lenient_reference(text)
    name = path.rpartition("/")[2]
    plain = UPLOAD_PREFIX.sub("", name)
    is_upload = "upload/" in path
    also = tuple(dict.fromkeys([name, plain]))
    return lenient_reference(name if is_upload else path, *also)
