"""Names for the columns of a table whose header may have empty and equal cells."""

from __future__ import annotations

from collections.abc import Collection

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_COLUMNS


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
        "or a line break into quotation marks"
    )
