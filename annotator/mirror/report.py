"""The counts and notices of a run that its page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MAX_NOTICES = 50


def add_to(
    report: Mapping[str, Any], counts: Mapping[str, int], notices: Sequence[str] = ()
) -> dict[str, Any]:
    """The report with these counts added, and the first notices; the others are only counted."""
    new = dict(report)
    for name, number in counts.items():
        if number:
            new[name] = new.get(name, 0) + number
    if notices:
        kept = list(dict.fromkeys([*new.get("notices", []), *notices]))
        new["notices_left_out"] = new.get("notices_left_out", 0) + max(0, len(kept) - MAX_NOTICES)
        new["notices"] = kept[:MAX_NOTICES]
    return new
