"""What every reader of a file with answers gives: rows of named cells, and what it knows of each column.

A reader guesses and checks nothing about a dataset; that is done by who maps its columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.db import models

from annotator.errors import BadInput
from annotator.imports.formats.texts import DECIMALS, ORDERS
from annotator.names import storable


class Role(models.TextChoices):
    """What a column is for."""

    NAME = "name", "Sample name"
    EXTERNAL_ID = "external_id", "External id"
    IMAGES = "images", "Images"
    VARIABLE = "variable", "Variable"
    METADATA = "metadata", "Input metadata"
    SPLIT = "split", "Train or test"
    TYPE = "type", "Sample type"
    DESCRIPTION = "description", "Description"
    AUTHOR = "author", "Who answered"
    OBJECTS = "objects", "Detection objects"
    ANSWER = "answer", "Whole answer, as a model writes it"
    IGNORED = "ignored", "Leave out"


class Standing(models.TextChoices):
    """What the file says of its answers; the person who imports decides."""

    ACCEPTED = "accepted", "Accepted values"
    REVIEW = "review", "Answers for review"
    SUGGESTION = "suggestion", "Suggestions"


ANSWERED_BY = "answered by"  # the column of what `Record.author` holds


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `role` and `config` are set where the format itself says so (a labeling configuration,
    feature types); otherwise they are guessed from all values by who maps them.
    """

    name: str
    role: Role | None = None
    variable: str = ""  # the variable's name, where it differs from the column's
    config: dict[str, Any] | None = None  # a variable's configuration, as the API has it


@dataclass(frozen=True, kw_only=True)
class ImageReference:
    """A picture that a row names: `path` as it stands in the file (a path below `Source.root`, a name or an
    address), or `data`, the picture's own bytes, then `path` is only its name and may be empty. `also` are
    other names under which the tool knew the file, to be tried in order where only one file has them.
    """

    path: str = ""
    also: tuple[str, ...] = ()
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A detection object. Corners from the upper left; pixels of `width` × `height`. Where both are None,
    fractions (0 to 1) of the picture, or its own pixels if `is_in_pixels`. `image` counts the row's images
    from 0.
    """

    label: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    image: int = 0
    width: int | None = None
    height: int | None = None
    is_in_pixels: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)


DIFFERENT = "several people answered differently"  # a record's note


@dataclass(kw_only=True, slots=True)
class Record:
    """One row: cells by column name; absent and None both mean that nothing was said.

    A cell of a text file (CSV, TSV) is text as it stands, or a date in ISO 8601; of other files what the
    file holds: bool, int, float, str, list, dict. A cell of role IMAGES is a list of `ImageReference`, of
    role OBJECTS a list of `Box`. `number` is the row as a person finds it in the file, counted from 1 with
    the header. `problem` says why the row can't be used; its cells may then be missing. Several records may
    have one number: the answers of several people to one row, and what models propose for it.
    """

    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    standing: Standing | None = None
    confidence: dict[str, float] = field(default_factory=dict)  # by column, 0 to 1
    source: str = ""  # of suggestions: the model's name or version
    problem: str = ""
    note: str = ""  # what a person should know of a row that can be used
    line: int = 0  # of a text file, where the row begins; 0 where there are no lines
    author: str = ""  # who gave the answers, as the file says it

    @property
    def all_cells(self) -> dict[str, Any]:
        """The cells, with who answered as one of them."""
        return {ANSWERED_BY: self.author, **self.cells} if self.author else self.cells


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a text file is read; empty means guessed. A reader says what it took by `Source.reading`.

    Raises BadInput for a decimal mark and an order of dates that do not exist, and for no text.
    """

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""  # "." or ","
    date_order: str = ""  # "ymd", "dmy" or "mdy"
    sheet: str = ""  # of a workbook
    header_row: str = ""  # the number of the row with the names of a table's columns

    def __post_init__(self) -> None:
        if self.decimal not in ("", *DECIMALS):
            raise BadInput("Give . or , as decimal mark.")
        if self.date_order not in ("", *ORDERS):
            raise BadInput(f"Give one of {', '.join(ORDERS)} as order of dates.")
        for value in vars(self).values():
            if storable(value) != value:
                raise BadInput(f"“{storable(value)}” holds a NUL or half a character.")


ReadingChoices = dict[str, list[str] | dict[str, str]]  # by field the values, or a label of each


class Source(ABC):
    """A file or folder with answers. Reads as often as asked; its memory doesn't grow with the rows."""

    name: ClassVar[str]
    """In addresses and commands."""
    label: ClassVar[str]
    """On screens."""
    answers_as_text: ClassVar[bool] = False
    """Whether the column "answer" is a model's whole answer, to be read by the dataset's template."""
    names_people: ClassVar[bool] = False
    """Whether `Record.author` may be set."""
    keeps_people: bool = False
    """Whether equal answers of several people are a record for each of them; else they are one."""

    def __init__(self, path: Path, *, reading: Reading | None = None) -> None:
        """`path` is a file or a folder. Raises BadInput when it can't be read as this format."""
        self.path = path
        self.reading = reading or Reading()

    @property
    def root(self) -> Path:
        """The folder below which the pictures' paths are."""
        return self.path if self.path.is_dir() else self.path.parent

    @classmethod
    @abstractmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the file or folder looks like this format; reads at most its beginning."""

    @abstractmethod
    def columns(self) -> list[Column]:
        """All columns, in the file's order."""

    @abstractmethod
    def records(self) -> Iterator[Record]:
        """The rows in order. A row that can't be read is a record with its problem; the others go on."""

    def all_columns(self) -> list[Column]:
        """The columns, with who answered as one of them where the format may say it."""
        columns = self.columns()
        if self.names_people and all(each.name != ANSWERED_BY for each in columns):
            columns = [*columns, Column(name=ANSWERED_BY, role=Role.IGNORED)]
        return columns

    def reading_choices(self) -> ReadingChoices:
        """What a person may choose for the fields of `reading`; a field that has no key is of no use here."""
        return {}

    def notes(self) -> list[str]:
        """What a person should know before importing, in sentences: what the format can't carry over."""
        return []
