"""What a column may become, guessed from its name and all of its values in one pass.

Nothing is rounded or renamed: a text that begins with zeros stays text, and a column is of numbers only if
each of them is written as it would be written again.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from annotator.imports.formats.pictures import is_picture_path
from annotator.imports.formats.records import (
    ANSWERED_BY,
    Box,
    Column,
    ImageReference,
    Reading,
    Role,
    Source,
)
from annotator.imports.formats.splits import SPLITS
from annotator.imports.formats.texts import number_text

INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,18})")
DECIMAL = re.compile(r"-?\d{1,20}\.\d{1,20}")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:[.,][0-9]{1,20})?")
DAMAGED = re.compile(r"\d[.,]\d+[eE]\+\d+")  # what Excel makes of a long id
YES_NO = {"true": True, "false": False, "yes": True, "no": False}
LARGEST = 2**63 - 1
DIGITS = 15  # of a number that Excel keeps
MAX_CHOICES = 30
CHOICE_LENGTH = 100
SHARE_OF_ODD_ONES = 0.1  # of values that are no numbers, beside numbers
SHARE_OF_CHOICES = 0.5  # more different values than this share of the rows are no choices
MANY = 1_000  # different values that are counted at most
EXAMPLES = 5
FEW = 50  # different values that a person may go through

ROLES = {
    Role.EXTERNAL_ID: {
        "id",
        "external_id",
        "externalid",
        "sample_id",
        "uid",
        "uuid",
        "key",
        "item_id",
    },
    Role.NAME: {"name", "sample", "sample_name", "title"},
    Role.IMAGES: {
        *("image", "images", "file", "files", "file_name", "file_names", "filename", "filenames"),
        *("path", "paths", "filepath", "file_path", "image_path", "image_url", "img", "picture"),
        *("photo", "url", "image_file", "image_name", "imagename", "image_1", "image_2", "image_3"),
    },
    Role.SPLIT: {"split", "subset", "fold", "partition", "is_test", "test"},
    Role.TYPE: {"sample_type"},
    Role.DESCRIPTION: {"description", "comment", "comments", "remark", "remarks"},
    Role.METADATA: {
        "metadata",
        "meta",
        "input_meta_data",
        "sha256",
        "md5",
        "hash",
        "width",
        "height",
    },
}


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What is proposed for a column. `config` is a variable's configuration without a name, in every role."""

    role: Role
    config: dict[str, Any]
    warnings: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    filled: int = 0  # rows that have a value
    different: tuple[str, ...] = ()  # its texts and whole numbers, where they are few


@dataclass
class Values:
    """What has been seen of a column; its size doesn't grow with the rows."""

    count: int = 0
    kinds: set[str] = field(default_factory=set)
    different: dict[str, int] = field(default_factory=dict)
    has_many: bool = False  # more than MANY different ones
    low: float | int = math.inf
    high: float | int = -math.inf
    pictures: int = 0
    is_all_pictures: bool = False
    damaged: int = 0
    examples: list[Any] = field(default_factory=list)
    items: Values | None = None  # of lists

    def take(self, value: Any, decimal: str) -> None:
        """One more value that isn't empty."""
        self.count += 1
        if self.is_free_text and type(value) is str:
            self.damaged += "E+" in value and DAMAGED.fullmatch(value) is not None
            return
        text = value if type(value) is str else str(value) if isinstance(value, int) else None
        if text in self.different:  # of a kind that is known; True is "True" and a word "true"
            self.different[text] += 1
            self.pictures += self.is_all_pictures
            return
        if len(self.examples) < EXAMPLES and value not in self.examples:
            self.examples.append(value)
        self.kinds.add(self._kind(value, decimal))
        self.is_all_pictures = self.pictures == self.count
        if self.has_many or text is None:
            return
        self.different[text] = 1
        if len(text) > CHOICE_LENGTH or len(self.different) > MANY:
            self.has_many = True
            self.different.clear()

    @property
    def is_free_text(self) -> bool:
        """Whether no further text changes what the column is."""
        return self.has_many and "string" in self.kinds and not self.is_all_pictures

    def _kind(self, value: Any, decimal: str) -> str:
        """boolean, word (yes or no), integer, float, string, array, object, images, boxes."""
        if isinstance(value, str):
            return self._text_kind(value, decimal)
        if isinstance(value, bool):
            return "boolean"
        if isinstance(value, int):
            self._bound(value)
            return "integer" if abs(value) <= LARGEST else "string"
        if isinstance(value, float):
            self._bound(value)
            return "float" if math.isfinite(value) else "string"
        if isinstance(value, list):
            return self._list_kind(value, decimal)
        return "images" if isinstance(value, ImageReference) else "object"

    def _text_kind(self, text: str, decimal: str) -> str:
        if text.lower() in YES_NO:
            return "word"
        written = number_text(text, decimal) if decimal == "," else text
        if INTEGER.fullmatch(written) and written != "-0" and abs(int(written)) <= LARGEST:
            self._bound(int(written))
            return "integer"
        if DECIMAL.fullmatch(written) and repr(float(written)) == written:
            self._bound(float(written))
            return "float"
        self.pictures += is_picture_path(text)
        self.damaged += DAMAGED.fullmatch(text) is not None
        return "json" if text.startswith(("[", "{")) and _is_json(text) else "string"

    def _list_kind(self, value: list[Any], decimal: str) -> str:
        if value and isinstance(value[0], ImageReference):
            return "images"
        if value and isinstance(value[0], Box):
            return "boxes"
        self.items = self.items or Values()
        for part in value[:MANY]:
            self.items.take(part, decimal)
        return "array"

    def _bound(self, number: float | int) -> None:
        self.low, self.high = min(self.low, number), max(self.high, number)

    def config(self) -> dict[str, Any]:
        """A variable's configuration that takes every value seen. Bounds are those seen."""
        if self.kinds and self.kinds <= {"boolean", "word"}:
            return {"type": "boolean"}
        if self.kinds == {"integer"}:
            return {"type": "integer", "min_value": self.low, "max_value": self.high}
        if self.kinds and self.kinds <= {"integer", "float"}:
            return {"type": "float", "min_value": self.low, "max_value": self.high}
        if self.kinds == {"object"}:
            return {"type": "object"}
        if self.kinds == {"array"}:
            item = self.items.config() if self.items and self.items.count else {}
            plain = {"type": item["type"]} if item.get("type") not in (None, "array") else {}
            return {"type": "array", **({"item_schema": plain} if plain else {})}
        if self.kinds == {"json"}:
            return {"type": "array" if str(self.examples[0]).startswith("[") else "object"}
        return {"type": "string"} | self._choices()

    def _choices(self) -> dict[str, Any]:
        """The choices, where few different texts come again and again."""
        few = 1 < len(self.different) <= MAX_CHOICES
        if self.has_many or not few or len(self.different) > self.count * SHARE_OF_CHOICES:
            return {}
        if any(text != text.strip() for text in self.different):
            return {}
        return {"choices": sorted(self.different)}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def guess_columns(source: Source, notes: Counter[str] | None = None) -> dict[str, Guess]:
    """A guess for each column of the source, by its name. Reads all rows once.

    What several people say alike of a row counts once; each of them counts. What rows have to note is
    counted in `notes`, the first MANY different ones, each once of a row.
    """
    columns = source.all_columns()
    values = {column.name: Values() for column in columns}
    decimal = source.reading.decimal
    said: dict[str, Any] | None = None
    number, noted = 0, set[str]()  # the row, and what was counted of it
    source.keeps_people = source.names_people
    for record in source.records():
        if record.problem:
            continue
        if record.note and notes is not None:
            if record.number != number:
                number, noted = record.number, set()
            _count(record.note, notes, noted)
        is_repeated = source.names_people and record.cells == said
        said = record.cells
        cells = {ANSWERED_BY: record.author or None} if is_repeated else record.all_cells
        for name, value in cells.items():
            if value is not None and name in values:
                values[name].take(value, decimal)
    source.keeps_people = False
    return {each.name: _guess(each, values[each.name], source.reading) for each in columns}


def _count(note: str, notes: Counter[str], noted: set[str]) -> None:
    for part in note.split("; "):
        if part not in noted and (len(notes) < MANY or part in notes):
            noted.add(part)
            notes[part] += 1


def _guess(column: Column, values: Values, reading: Reading) -> Guess:
    role = column.role or _role(column.name, values)
    return Guess(
        role=role,
        config=column.config or values.config(),
        warnings=tuple(_warnings(values, reading)),
        examples=tuple(values.examples),
        filled=values.count,
        different=tuple(values.different) if len(values.different) <= FEW else (),
    )


def _role(name: str, values: Values) -> Role:
    """By what the values are, then by the column's name."""
    if values.kinds == {"images"} or values.is_all_pictures:
        return Role.IMAGES
    if values.kinds == {"boxes"}:
        return Role.OBJECTS
    word = re.sub(r"[\s-]+", "_", name.strip()).lower()
    fitting = next((role for role, names in ROLES.items() if word in names), None)
    if fitting is Role.EXTERNAL_ID and (values.has_many or _are_different(values)):
        return fitting
    if fitting is Role.SPLIT:
        words = {text.lower() for text in values.different}
        return fitting if words <= SPLITS.keys() | {"true", "false", "0", "1"} else Role.VARIABLE
    if fitting is Role.IMAGES and not values.pictures:
        is_text = values.kinds <= {"string"} and word not in ("image", "file", "url", "path")
        return fitting if is_text or word.startswith(("file", "image")) else Role.VARIABLE
    if fitting is Role.EXTERNAL_ID:
        return Role.METADATA
    return fitting or Role.VARIABLE


def _are_different(values: Values) -> bool:
    return all(number == 1 for number in values.different.values())


def _odd_ones(values: Values) -> list[str]:
    """The few texts of a column that is of numbers but for them; of at most MANY different ones."""
    if "string" not in values.kinds or values.has_many:
        return []
    different = values.different.items()
    odd = {text: number for text, number in different if not NUMBER.fullmatch(text)}
    is_few = 0 < sum(odd.values()) <= values.count * SHARE_OF_ODD_ONES
    return list(odd) if is_few else []


def _warnings(values: Values, reading: Reading) -> list[str]:
    """What looks damaged."""
    warnings = []
    if odd := ", ".join(_odd_ones(values)[:3]):
        warnings.append(
            f"Text, for these are no numbers: {odd:.100}. Correct the file to have numbers."
        )
    if values.damaged:
        warnings.append(
            f"{values.damaged:,} values such as 1.23E+19 are long numbers that a spreadsheet has cut: "
            "take the column from the original file."
        )
    if reading.sheet and values.kinds & {"integer", "float"} and values.high >= 10**DIGITS:
        warnings.append(
            "It has numbers of more than 15 digits, whose last ones Excel replaces by zeros: take the "
            "column from the original file."
        )
    return warnings
