"""JSON values of any shape within stated bounds, and their text."""

import json
import math
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from annotator.variables.errors import ValueRefused
from annotator.variables.exact import LARGEST_INTEGER
from annotator.variables.text import clean_text

# Far above any label, far below Python's recursion limit and a request's size.
MAX_DEPTH = 20
MAX_PARTS = 10_000
MAX_JSON_LENGTH = 500_000
# From here on Python writes doubles with an exponent.
EXPONENT_FROM = 1e16
# json.dumps makes another one at each call, which takes longer than a short value.
ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
# The encoder prepares for lists and objects even where there is none.
SCALARS: dict[type, Callable[[Any], str]] = {
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda value: "null",
    float: lambda value: repr(value) if math.isfinite(value) else ENCODER.encode(value),
}


def check_json(value: object) -> Any:
    """The value with canonical texts. Raises ValueRefused beyond the bounds of this module."""
    parts = [0]
    result = _check(value, depth=1, parts=parts)
    if len(to_json(result)) > MAX_JSON_LENGTH:
        raise ValueRefused(f"Shorten to {MAX_JSON_LENGTH:,} characters of JSON.", code="size")
    return result


def _check(value: object, *, depth: int, parts: list[int]) -> object:
    parts[0] += 1
    if parts[0] > MAX_PARTS:
        raise ValueRefused(f"Shorten to {MAX_PARTS:,} parts in all.", code="size")
    if depth > MAX_DEPTH:
        raise ValueRefused(f"Nest at most {MAX_DEPTH} levels deep.", code="size")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _check_text(value)
    if isinstance(value, int | float):
        return check_number(value)
    if isinstance(value, list | tuple):
        return [_check(item, depth=depth + 1, parts=parts) for item in value]
    if isinstance(value, dict):
        return _check_keys(value, depth=depth, parts=parts)
    raise ValueRefused("Use only what JSON has: text, numbers, lists, objects.", code="type")


def _check_text(text: str) -> str:
    cleaned = clean_text(text)
    # Blank texts mean something inside free JSON, where no rule says that they are missing.
    return cleaned or text.replace("\r\n", "\n").replace("\r", "\n")


def _check_keys(value: dict, *, depth: int, parts: list[int]) -> dict:
    result: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueRefused("Use texts as keys.", code="type")
        key = _check_text(key)
        if key in result:
            raise ValueRefused(f"Use the key “{key}” only once.", code="syntax")
        result[key] = _check(item, depth=depth + 1, parts=parts)
    return result


def check_number(value: int | float) -> int | float:
    """A finite number that other programs can hold. Raises ValueRefused.

    Some databases write 1e+17 as 100000000000000000: of such pairs one is canonical, the whole number
    up to LARGEST_INTEGER, the decimal one beyond. Zero is never negative.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueRefused("Use finite numbers: NaN and infinity aren't allowed.", code="type")
        whole = _written_whole(value) if abs(value) >= EXPONENT_FROM else None
        return whole if whole is not None and abs(whole) <= LARGEST_INTEGER else value or 0.0
    if abs(value) <= LARGEST_INTEGER:
        return value
    if value.bit_length() <= 1024 and _written_whole(_nearest(value)) == value:
        return float(value)
    raise ValueRefused(f"Use whole numbers up to {LARGEST_INTEGER}.", code="size")


def _nearest(value: int) -> float:
    """The nearest double; the largest one for what lies beyond."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(sys.float_info.max, value)


def _written_whole(value: float) -> int:
    """The whole number that the decimal notation of a large double stands for."""
    return int(Decimal(repr(value)))


def to_json(value: object, *, indent: int | None = None) -> str:
    """JSON as people read it: Unicode kept, keys in their order."""
    if indent is None:
        write = SCALARS.get(type(value), ENCODER.encode)
        return write(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def same(one: object, other: object) -> bool:
    """Equal in JSON: 1, 1.0 and true are three different values; key order is of no matter."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def from_json(text: str) -> Any:
    """Parse JSON. Raises ValueRefused with line and column, also for NaN and doubled keys."""
    if len(text) > 4 * MAX_JSON_LENGTH:
        raise ValueRefused(f"Shorten to {MAX_JSON_LENGTH:,} characters of JSON.", code="size")
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        raise ValueRefused(
            f"Not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}.",
            code="syntax",
        ) from None
    except RecursionError:
        raise ValueRefused(f"Nest at most {MAX_DEPTH} levels deep.", code="size") from None
    except ValueRefused:
        raise
    except ValueError:  # whole numbers of more than 4,300 digits
        raise ValueRefused(f"Use whole numbers up to {LARGEST_INTEGER}.", code="size") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueRefused(f"{name} isn't a number that JSON has.", code="syntax")


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueRefused(f"Use the key “{double}” only once.", code="syntax")
    return result
