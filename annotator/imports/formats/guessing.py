"""What a column may become, guessed from its name and all of its values in one pass."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from annotator.imports.formats.records import ANSWERED_BY, Column, Reading, Role, Source
from annotator.imports.formats.splits import SPLITS
from annotator.imports.formats.values import MANY, Values

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:[.,][0-9]{1,20})?")
DIGITS = 15  # of a number that Excel keeps
SHARE_OF_ODD_ONES = 0.1  # of values that are no numbers, beside numbers
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
