"""The annotations of COCO documents by image, in a temporary database on disk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from annotator.errors import BadInput
from annotator.imports.formats.boxes import is_number
from annotator.imports.formats.json_files import array_entries
from annotator.imports.formats.json_stream import json_stream

TABLES = """
CREATE TABLE image (document INTEGER, id TEXT, width REAL, height REAL);
CREATE TABLE sample (document INTEGER, id TEXT, image TEXT);
CREATE TABLE annotation (document INTEGER, image_id TEXT, body TEXT);
"""
INDEXES = """
CREATE INDEX of_image ON annotation (document, image_id);
CREATE INDEX of_sample ON sample (document, id);
CREATE INDEX of_id ON image (document, id);
"""
STRAYS = """
SELECT count(*) FROM annotation a WHERE NOT EXISTS
(SELECT 1 FROM image i WHERE i.document = a.document AND i.id = a.image_id)
"""
MAX_CATEGORIES = 100_000


class CocoIndex:
    """What a pass over all documents says. Ids are compared as JSON: 1 and "1" are two."""

    def __init__(self, files: list[Path], *, results: Path | None = None) -> None:
        self.files = files
        # "" is a database in a temporary file, which goes with the connection.
        self.database = sqlite3.connect("", check_same_thread=False)
        self.database.executescript(TABLES)
        self.labels: list[dict[str, str]] = [{} for _ in files]
        self.keys: dict[str, None] = {}  # of images
        self.values: dict[str, None] = {}  # variables of our own export
        self.boxes = 0
        self.damage = ""  # of a document whose end can't be read
        for document, file in enumerate(files):
            try:
                self._read(document, file)
            except BadInput as error:
                self.damage = f"{file.name}: {error}"
        if results:
            for entry in array_entries(results):
                self.take_annotation(0, entry)
        self.database.executescript(INDEXES)

    def _read(self, document: int, file: Path) -> None:
        with json_stream(file) as stream:
            for key in stream.members():
                if take := TAKES.get(key):
                    for entry in stream.items():
                        take(self, document, entry)

    def take_image(self, document: int, image: Any) -> None:
        """Keep an image's id and size."""
        if not isinstance(image, dict):
            return
        self.keys |= dict.fromkeys(image)
        samples = image.get("samples")
        if isinstance(samples, list):
            self._take_samples(document, image, samples)
        size = [
            image.get(key) if is_number(image.get(key)) else None for key in ("width", "height")
        ]
        row = (document, json.dumps(image.get("id")), *size)
        self.database.execute("INSERT INTO image VALUES (?, ?, ?, ?)", row)

    def _take_samples(self, document: int, image: dict[str, Any], samples: list[Any]) -> None:
        """Keep of which of our samples an image is."""
        body = json.dumps({key: value for key, value in image.items() if key != "samples"})
        for sample in samples:
            if isinstance(sample, dict):
                row = (document, json.dumps(sample.get("id")), body)
                self.database.execute("INSERT INTO sample VALUES (?, ?, ?)", row)
                if isinstance(sample.get("values"), dict):
                    self.values |= dict.fromkeys(sample["values"])

    def images_of(self, file: Path, sample_id: Any) -> list[dict[str, Any]]:
        """The images of one of our samples, in the file's order."""
        rows = self.database.execute(
            "SELECT image FROM sample WHERE document = ? AND id = ? ORDER BY rowid",
            (self.files.index(file), json.dumps(sample_id)),
        )
        return [json.loads(body) for (body,) in rows]

    def take_annotation(self, document: int, annotation: Any) -> None:
        """Keep an annotation, without its outline."""
        if not isinstance(annotation, dict):
            return
        kept = {key: value for key, value in annotation.items() if key != "segmentation"}
        row = (document, json.dumps(annotation.get("image_id")), json.dumps(kept))
        self.database.execute("INSERT INTO annotation VALUES (?, ?, ?)", row)
        self.boxes += annotation.get("bbox") is not None

    def take_category(self, document: int, category: Any) -> None:
        """Keep a category's name."""
        if isinstance(category, dict) and len(self.labels[document]) < MAX_CATEGORIES:
            self.labels[document][json.dumps(category.get("id"))] = str(category.get("name", ""))

    def images(self) -> Iterator[tuple[Path, Any]]:
        """The images of all documents. Raises BadInput from where one is broken."""
        for file in self.files:
            for image in array_entries(file, "images"):
                yield file, image

    def annotations(self, file: Path, image_id: Any) -> list[dict[str, Any]]:
        """Those of an image, in the file's order."""
        rows = self.database.execute(
            "SELECT body FROM annotation WHERE document = ? AND image_id = ? ORDER BY rowid",
            (self.files.index(file), json.dumps(image_id)),
        )
        return [json.loads(body) for (body,) in rows]

    def by_image(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The ids as JSON, each with its annotations."""
        rows = self.database.execute(
            "SELECT image_id, body FROM annotation ORDER BY image_id, rowid"
        )
        for image_id, group in groupby(rows, key=lambda row: row[0]):
            yield image_id, [json.loads(body) for _, body in group]

    def times(self, file: Path, image_id: Any) -> int:
        """How many images of the file have the id."""
        row = (self.files.index(file), json.dumps(image_id))
        return int(self._number("SELECT count(*) FROM image WHERE document = ? AND id = ?", *row))

    def label(self, file: Path, category_id: Any) -> str:
        """The category's name; its id as text where the file doesn't name it."""
        return self.labels[self.files.index(file)].get(json.dumps(category_id)) or str(category_id)

    @cached_property
    def strays(self) -> int:
        """Annotations of images that the file doesn't have."""
        return self._number(STRAYS)

    @cached_property
    def captions(self) -> int:
        """The most captions that an image has."""
        return self._number(
            "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM annotation"
            " WHERE json_extract(body, '$.caption') IS NOT NULL GROUP BY document, image_id)"
        )

    @cached_property
    def outside(self) -> int:
        """Boxes that pass the right or lower edge of their image."""
        return self._number(
            "SELECT count(*) FROM annotation a JOIN image i ON i.document = a.document"
            " AND i.id = a.image_id"
            " WHERE json_extract(body, '$.bbox[0]') + json_extract(body, '$.bbox[2]') > i.width + 1"
            " OR json_extract(body, '$.bbox[1]') + json_extract(body, '$.bbox[3]') > i.height + 1"
        )

    def _number(self, query: str, *values: Any) -> int:
        return int(self.database.execute(query, values).fetchone()[0])


TAKES = {
    "images": CocoIndex.take_image,
    "annotations": CocoIndex.take_annotation,
    "categories": CocoIndex.take_category,
}
