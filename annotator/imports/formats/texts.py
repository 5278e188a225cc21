"""Numbers and dates in a file's texts, as the person who imports says they are written."""

from __future__ import annotations

import re
from datetime import date, time

NUMBER = re.compile(r"[+-]?\d+(?:([.,])\d+)?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[ T](\d{1,2}):(\d\d)(?::(\d\d))?)?")
DECIMALS = (".", ",")
ORDERS = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}  # of year, month, day in the parts


def number_text(text: str, decimal: str) -> str:
    """The text with a dot where `decimal` ("." or ",") stands in a number; what is no number as it is."""
    if decimal == "," and "," in text and NUMBER.fullmatch(text.strip()):
        return text.strip().replace(",", ".")
    return text


def is_unclear(text: str, decimal: str) -> bool:
    """Whether decimals of a number may be its thousands: 1.234 where the decimal mark is a comma, or not
    known (empty).
    """
    match = THOUSANDS.fullmatch(text.strip())
    return match is not None and (not decimal or (decimal == "," and "." in text))


def iso_date(text: str, order: str) -> str:
    """A date, with or without time, in the order "ymd", "dmy" or "mdy" as ISO 8601; other text as it is."""
    match = DATE.fullmatch(text.strip())
    if not match or not order:
        return text
    parts = match.group(1), match.group(3), match.group(4)
    is_year_first = len(parts[0]) == 4
    year, month, day = (parts[place] for place in ORDERS["ymd" if is_year_first else order])
    if len(year) != 4:
        return text
    try:
        day_of_it = date(int(year), int(month), int(day)).isoformat()
        if not match.group(5):
            return day_of_it
        return f"{day_of_it}T{time(int(match[5]), int(match[6]), int(match[7] or 0)).isoformat()}"
    except ValueError:
        return text


def date_orders(text: str) -> set[str]:
    """The orders in which the text is a date; empty when it's none."""
    match = DATE.fullmatch(text)
    if not match:
        return set()
    if len(match.group(1)) == 4:
        return {"ymd"} if iso_date(text, "ymd") != text or match.group(2) == "-" else set()
    if len(match.group(4)) != 4:
        return set()
    return {order for order in ("dmy", "mdy") if iso_date(text, order) != text}
