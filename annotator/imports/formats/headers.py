"""Which of a table's first rows is its header, and names for columns whose header may be empty or equal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_COLUMNS
from annotator.imports.formats.pictures import is_picture_path
from annotator.imports.formats.texts import DATE, NUMBER
from annotator.names import storable

HEADER_ROWS = 20  # the header is among so many rows in which anything stands
SHOWN_CHARACTERS = 80  # of a row that a person may choose

Numbered = tuple[int, Sequence[Any]]  # a row's number, its cells


def header_place(rows: Sequence[Numbered], chosen: str = "") -> int:
    """The header's place among a table's first rows in which anything stands: the chosen one's number, or
    guessed. Raises BadInput for another number.
    """
    if not chosen:
        return likely_header([cells for _, cells in rows])
    numbers = [str(number) for number, _ in rows]
    if chosen not in numbers:
        raise BadInput(
            f"Row {chosen[:10]} can't be the header: give the number of one of the first {HEADER_ROWS} rows"
            " in which anything stands."
        )
    return numbers.index(chosen)


def header_choices(rows: Sequence[Numbered]) -> dict[str, str]:
    """By its number, what a person sees of each row that may be the header."""
    return {  # PostgreSQL keeps keys by their length, then by their text: numbers stay in order
        str(number): storable(f"{number}: {', '.join(_texts(cells))}")[:SHOWN_CHARACTERS]
        for number, cells in rows
    }


def title_notes(rows: Sequence[Numbered], place: int) -> list[str]:
    """What to say of rows above the header."""
    if not place:
        return []
    return [
        f"The names of the columns are read from row {rows[place][0]:,}; what stands above it is left out."
    ]


def likely_header(rows: Sequence[Sequence[Any]]) -> int:
    """The place of the first row that isn't a title; 0 where that isn't plain.

    A title stands alone in its row, not to the right of where the header begins. The header is of different
    names. Most rows below it, at least as many as there are titles, have several cells and none beyond it.
    """
    filled = [_filled(cells) for cells in rows]
    place = next((number for number, each in enumerate(filled) if len(each) > 1), 0)
    header, below = filled[place : place + 1], filled[place + 1 :]
    if not place or not _are_names(_texts(rows[place])):
        return 0
    first, last = header[0][0], header[0][-1]
    fitting = sum(len(each) > 1 and each[-1] <= last for each in below)
    is_plain = fitting >= place and fitting > len(below) / 2
    return place if is_plain and all(each[0] <= first for each in filled[:place]) else 0


def _filled(cells: Sequence[Any]) -> list[int]:
    return [place for place, cell in enumerate(cells) if cell is not None and str(cell).strip()]


def _texts(cells: Sequence[Any]) -> list[str]:
    return [" ".join(str(cells[place])[:SHOWN_CHARACTERS].split()) for place in _filled(cells)]


def _are_names(texts: Sequence[str]) -> bool:
    """Whether they may name columns: all different, and no numbers, dates or pictures."""
    return len({*texts}) == len(texts) and not any(
        NUMBER.fullmatch(text) or DATE.fullmatch(text) or is_picture_path(text) for text in texts
    )


def column_names(header: list[str], filled: Collection[int]) -> list[tuple[int, str]]:
    """The place and name of each column that has a header or, at a place of `filled`, any value.

    Blanks around a name go; an empty one becomes "column 3", equal ones get a number: "note", "note 2".
    """
    if len(header) > MAX_COLUMNS:
        raise BadInput(f"It has {len(header):,} columns; a table may have {MAX_COLUMNS:,}.")
    names: list[tuple[int, str]] = []
    taken = {cell.strip() for cell in header}
    used: set[str] = set()
    for place, cell in enumerate(header):
        name = " ".join(cell.split()).lstrip("\ufeff")
        if not name and place not in filled:
            continue
        name = name or f"column {place + 1}"
        number = 2
        while name in used or (number > 2 and name in taken):
            name = f"{' '.join(cell.split()) or f'column {place + 1}'} {number}"
            number += 1
        used.add(name)
        names.append((place, name))
    return names


def width_problem(row: list[str], header: list[str]) -> str:
    """Why a row of another width than the header can't be used; empty when it can."""
    if len(row) == len(header) or (len(row) > len(header) and not any(row[len(header) :])):
        return ""
    return (
        f"it has {len(row):,} cells and the header {len(header):,}: put texts that hold the separator "
        "or a line break into quotation marks, or choose the row of the header"
    )
