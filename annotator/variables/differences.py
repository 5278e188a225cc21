"""What changed from one answer to another, for the eye of a reviewer."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from annotator.variables.json_text import same, to_json
from annotator.variables.variable_type import VariableType

# Words; the cost of a comparison grows with their product, and nobody reads a longer difference.
MAX_WORDS = 2_000


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, or only one of them."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`pieces` in reading order; `change` says by how much, such as “+0.5”."""

    pieces: tuple[Piece, ...]
    change: str = ""

    def __bool__(self) -> bool:
        return any(piece.kind != "same" for piece in self.pieces)


def difference(rules: VariableType, old: Any, new: Any) -> Difference:
    """Compare two values of one variable as stored, None for a missing one: texts word by word."""
    if same(old, new):
        return Difference(pieces=_pieces(("same", _text(new))))
    if isinstance(old, str) and isinstance(new, str):
        pieces = _words(old, new)
    else:
        pieces = _pieces(("removed", _text(old)), ("added", _text(new)))
    return Difference(pieces=pieces, change=rules.change_text(old, new))


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return to_json(value)


def _pieces(*pairs: tuple[Literal["same", "removed", "added"], str]) -> tuple[Piece, ...]:
    return tuple(Piece(kind, text) for kind, text in pairs if text)


def _words(old: str, new: str) -> tuple[Piece, ...]:
    before, after = re.findall(r"\s+|\w+|[^\w\s]", old), re.findall(r"\s+|\w+|[^\w\s]", new)
    if max(len(before), len(after)) > MAX_WORDS:
        return _pieces(("removed", old), ("added", new))
    result: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            result += _pieces(("same", "".join(before[start:end])))
        else:
            result += _pieces(
                ("removed", "".join(before[start:end])),
                ("added", "".join(after[new_start:new_end])),
            )
    return tuple(result)
