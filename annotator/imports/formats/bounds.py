"""What a reader takes at most, so that a hostile or broken file is refused and never fills the memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotator.errors import BadInput

MAX_VALUE_BYTES = (
    64_000_000  # one line of JSON Lines or one entry of an array: pictures may be inside
)
MAX_CELL_CHARACTERS = 4_000_000  # one cell of a table of text
MAX_LINE_BYTES = 16_000_000  # one line of a table of text
MAX_SMALL_FILE_BYTES = 16_000_000  # a file that is read as a whole: settings, feature types
MAX_COLUMNS = 2_000
MAX_DEPTH = 100  # levels of JSON or XML, far below Python's recursion limit
BLOCK_BYTES = 1 << 20


def small_json(path: Path) -> Any:
    """The JSON of a settings file. Raises BadInput when it's too large or no JSON."""
    if path.stat().st_size > MAX_SMALL_FILE_BYTES:
        raise BadInput(f"{path.name} is larger than 16 MB, which no settings file is.")
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except RecursionError:
        raise BadInput(f"{path.name} is nested too deeply.") from None
    except ValueError as error:
        raise BadInput(f"{path.name} is not valid JSON: {error}.") from None


def text_problem(value: Any) -> str:
    """Why a cell can't be kept: a NUL character or half a character pair inside; empty when it can."""
    if isinstance(value, str):
        if "\0" in value:
            return "holds a NUL character; remove it from the file"
        try:
            if not value.isascii():
                value.encode()
        except UnicodeEncodeError:
            return "holds half of a pair of surrogates, which is no character"
        return ""
    parts: Any = ()
    if isinstance(value, dict):
        parts = (*value, *value.values())
    elif isinstance(value, list):
        parts = value
    return next((problem for part in parts if (problem := text_problem(part))), "")


def row_problem(cells: dict[str, Any]) -> str:
    """Why a row's cells can't be kept, with the column's name; empty when they can."""
    for name, value in cells.items():
        if problem := text_problem(name) or text_problem(value):
            return f"{name[:100]!r} {problem}"
    return ""
