"""The file of a snapshot: everything that an export needs of a dataset, as it was.

A gzip of JSON lines. The first is {"dataset", "result_format", "prompts": {"system_prompt", "user_prompt",
"result_template"}, "variables": [columns]}; then a line per sample in the order of creation: {"sample":
columns, "values": {variable's id: [value, why refused, revision, who, when]}, "images": [[columns, boxes]]}.
The same data give the same lines, over which the snapshot's hash is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from annotator.datasets.models import Dataset, Prompt, Sample, Variable
from annotator.datasets.models.dataset import PROMPT_FIELDS
from annotator.datasets.queries.row_data import IMAGE, SAMPLE, GivenValue, SampleData
from annotator.images.models import DetectionLabel, DetectionObject, Image

VARIABLE = tuple(
    field.attname
    for field in Variable._meta.concrete_fields
    if field.attname
    not in {"dataset_id", "remote_state", "name_folded", "created_at", "removed_at"}
)
BOX = ("xmin", "ymin", "xmax", "ymax", "meta_data")
LEVEL = 6  # of gzip


@dataclass(frozen=True)
class Written:
    """What was written: the hash over all lines, the number of samples and the size of the file."""

    sha256: str
    samples: int
    size_bytes: int


def write_snapshot(
    target: Path,
    dataset: Dataset,
    variables: list[Variable],
    data: Iterator[SampleData],
    *,
    person_name: Callable[[int | str], str],
    watch: Callable[[int], None],
) -> Written:
    """Write the file; it gets its name when it is whole. `watch` is called with the samples so far."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    digest, number = hashlib.sha256(), 0
    try:
        # Without a name and a time in it: the same lines give the same bytes.
        with part.open("wb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as file:
            header = _line(_header(dataset, variables))
            digest.update(header)
            file.write(header)
            for number, each in enumerate(data, start=1):
                line = _line(_sample(each, person_name))
                digest.update(line)
                file.write(line)
                watch(number)
        size = part.stat().st_size
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return Written(digest.hexdigest(), number, size)


def _line(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, cls=_Encoder) + "\n").encode()


class _Encoder(DjangoJSONEncoder):
    """Times with their microseconds, which Django's own leaves out."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _columns(row: Model, names: tuple[str, ...]) -> list[Any]:
    return [getattr(row, name) for name in names]


def _header(dataset: Dataset, variables: list[Variable]) -> dict[str, Any]:
    prompts = {name: getattr(dataset, name) for name in PROMPT_FIELDS}
    return {
        "dataset": dataset.name,
        "result_format": dataset.result_format,
        "prompts": {
            name: {"content": prompt.content, "format": prompt.format, "name": prompt.name}
            for name, prompt in prompts.items()
            if prompt is not None
        },
        "variables": [
            dict(zip(VARIABLE, _columns(each, VARIABLE), strict=True)) for each in variables
        ],
    }


def _sample(data: SampleData, person_name: Callable[[int | str], str]) -> dict[str, Any]:
    return {
        "sample": _columns(data.sample, SAMPLE),
        "values": {
            key: [
                each.value,
                each.refused,
                each.rev,
                None if each.set_by is None else person_name(each.set_by),
                each.set_at,
            ]
            for key, each in sorted(data.values.items())
        },
        "images": [[_columns(image, IMAGE), _boxes(image)] for image in data.images],
    }


def _boxes(image: Image) -> list[Any]:
    return [[box.label.name, *_columns(box, BOX)] for box in image.detection_objects.all()]


class SnapshotFile:
    """A snapshot that is read: a dataset, its variables and its samples, none of them in the database."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def header(self) -> dict[str, Any]:
        """The first line."""
        return next(self._lines())

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset with its prompts."""
        dataset = Dataset(name=self.header["dataset"])
        dataset.remote_state = {"result_format": self.header["result_format"]}
        for name, fields in self.header["prompts"].items():
            setattr(dataset, name, Prompt(**fields))
        return dataset

    @cached_property
    def variables(self) -> list[Variable]:
        """The variables, in order."""
        return [
            Variable(**fields | {"id": UUID(fields["id"])}) for fields in self.header["variables"]
        ]

    def data(self) -> Iterator[SampleData]:
        """The samples, in order."""
        lines = self._lines()
        next(lines)
        for line in lines:
            yield self._data(line)

    def _lines(self) -> Iterator[Any]:
        with gzip.open(self.path, "rt", encoding="utf-8", newline="\n") as file:
            yield from map(json.loads, file)

    def _data(self, line: dict[str, Any]) -> SampleData:
        fields = dict(zip(SAMPLE, line["sample"], strict=True))
        sample = Sample(
            **fields
            | {
                "id": UUID(fields["id"]),
                "created_at": datetime.fromisoformat(fields["created_at"]),
            }
        )
        sample.dataset = self.dataset
        images = [_image(*each) for each in line["images"]]
        values = {
            key: GivenValue(
                value, refused, rev, by, datetime.fromisoformat(at) if at is not None else None
            )
            for key, (value, refused, rev, by, at) in line["values"].items()
        }
        return SampleData(sample, images, values)


def _image(columns: list[Any], boxes: list[Any]) -> Image:
    fields = dict(zip(IMAGE, columns, strict=True))
    image = Image(**fields | {"id": UUID(fields["id"])})
    image.__dict__["_prefetched_objects_cache"] = {"detection_objects": _Boxes(image, boxes)}
    return image


class _Boxes(list[DetectionObject]):
    """A picture's boxes, as a manager that has read them gives them."""

    def __init__(self, image: Image, boxes: list[Any]) -> None:
        super().__init__(
            DetectionObject(
                image=image,
                label=DetectionLabel(name=label),
                **dict(zip(BOX, columns, strict=True)),
            )
            for label, *columns in boxes
        )
