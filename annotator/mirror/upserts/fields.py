"""Merges the fields of one row three ways."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Merge:
    """The result of a merge: the fields to write, and those that both sides changed (base, ours, theirs)."""

    changes: dict[str, Any] = field(default_factory=dict)
    both: dict[str, tuple[Any, Any, Any]] = field(default_factory=dict)


def merge(
    row: Any,
    *,
    base: dict[str, Any] | None,
    theirs: dict[str, Any],
    theirs_win: bool = False,
) -> Merge:
    """Compare `theirs` with the row's fields of the same names. `base` None: never seen before.

    A change on one side is kept. What both changed stays as it is here, unless `theirs_win`: a
    schema's home is the remote.
    """
    result = Merge()
    for name, value in theirs.items():
        ours = getattr(row, name)
        if ours == value or (base is not None and base[name] == value):
            continue
        if theirs_win or (base is not None and base[name] == ours):
            result.changes[name] = value
        else:
            result.both[name] = (None if base is None else base[name], ours, value)
    return result


def short(text: str | None, length: int) -> str | None:
    """Text in NFC that fits into its column; as it is there it stays in `remote_state`."""
    if text is None:
        return None
    text = unicodedata.normalize("NFC", text)
    if len(text) <= length:
        return text
    return text[: length - 1] + "…"


def without(raw: dict[str, Any], *names: str) -> dict[str, Any]:
    """A row as the remote serialized it, without what is kept elsewhere."""
    return {name: value for name, value in raw.items() if name not in names}
