"""What Python reads from workbooks, Parquet and Arrow files, as JSON has it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any


def json_value(value: Any) -> Any:
    """One value, no list or dict, as JSON has it: dates and times as ISO 8601."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
