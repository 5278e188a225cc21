"""CSV: a cell filled alone or in part, with quotes or without."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotator.variables.rendering.format import TextFormat, Tokens, Unparsed, Unwritable
from annotator.variables.rendering.placeholders import Lint, Placeholder, fill, position
from annotator.variables.spec import VariableSpec

DELIMITERS = ",;\t|"


@dataclass
class Cell:
    """A cell's span in the text, its quotes included."""

    start: int
    end: int
    quoted: bool
    alone: bool = False
    """Whether it is its row's only cell: left blank, the row would vanish."""


class CsvFormat(TextFormat):
    """Contexts: `inside` (in quotes), `cell` or `alone` (a whole bare cell), `mixed` (bare, with text)."""

    title = "CSV"

    def __init__(self, text: str) -> None:
        literal = re.sub(r'"[^"]*"', "", text)
        self.delimiter = max(DELIMITERS, key=literal.count)

    def find_contexts(
        self, text: str, places: Sequence[Placeholder], token: Tokens
    ) -> list[Placeholder]:
        tokens = [token(place.number) for place in places]
        marked = fill(text, places, tokens)
        cells, result = scan(marked, self.delimiter), []
        for place, word in zip(places, tokens, strict=True):
            start = marked.index(word)
            cell = next(cell for cell in cells if cell.start <= start < cell.end)
            whole = marked[cell.start : cell.end].strip(" ") == word
            context = "inside" if cell.quoted else "cell" if whole else "mixed"
            result.append(replace(place, context="alone" if whole and cell.alone else context))
        return result

    def parse(self, text: str) -> Any:
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, strict=True)
        try:
            return list(reader)
        except csv.Error as error:
            raise Unparsed(f"{str(error).capitalize()}.", len(text)) from None

    def write(self, place: Placeholder, spec: VariableSpec, value: Any) -> str:
        text = spec.text(value)
        doubled = text.replace('"', '""')
        if place.context == "inside":
            return doubled
        needs_quotes = any(character in text for character in (self.delimiter, '"', "\n", "\r"))
        if place.context == "mixed":
            if needs_quotes:
                raise Unwritable("put the cell of the template in quotes")
            return text
        if needs_quotes or text != text.strip() or (place.context == "alone" and not text):
            return f'"{doubled}"'
        return text

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        message = "Put the whole cell in quotes: a value with a separator can't be written here."
        return [
            Lint(message=message, line=line, column=column, name=place.name)
            for place in places
            for line, column in [position(text, place.start)]
            if place.context == "mixed"
        ]

    def align(self, tree: Any, learned: Any) -> Any:
        """Blank rows are left out where the template has none; a left-out header is put back."""
        if [] not in learned:
            tree = [row for row in tree if row]
        missing = len(learned) - len(tree)
        if 0 < missing < len(learned) and tree and tree[0] != learned[0]:
            return [*learned[:missing], *tree]
        return tree


def scan(text: str, delimiter: str) -> list[Cell]:
    """The cells of a text. Raises Unparsed where quotes don't close or aren't a cell's own."""
    cells: list[Cell] = []
    row: list[Cell] = []
    offset = 0
    while offset <= len(text):
        cell = _cell(text, offset, delimiter)
        row.append(cell)
        offset = cell.end + 1
        if text[cell.end : offset] != delimiter:
            row[0].alone = len(row) == 1
            cells += row
            row = []
    return cells


def _cell(text: str, offset: int, delimiter: str) -> Cell:
    start = offset
    while text[offset : offset + 1] == " ":
        offset += 1
    quoted = text[offset : offset + 1] == '"'
    if quoted:
        start = offset
        offset = _closing_quote(text, offset) + 1
        if text[offset : offset + 1] not in ("", delimiter, "\n", "\r"):
            raise Unparsed("A cell in quotes must end at its quote.", offset)
    while offset < len(text) and text[offset] not in (delimiter, "\n", "\r"):
        offset += 1
    return Cell(start, offset, quoted)


def _closing_quote(text: str, opening: int) -> int:
    offset = text.find('"', opening + 1)
    while offset >= 0 and text[offset + 1 : offset + 2] == '"':
        offset = text.find('"', offset + 2)
    if offset < 0:
        raise Unparsed("The quote is never closed.", opening)
    return offset
