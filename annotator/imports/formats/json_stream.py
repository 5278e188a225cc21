"""JSON of any size, piece by piece: an array's entries and an object's members one at a time.

The standard library's decoder parses each entry in a window over the file, which is faster than a parser
that reports events, and what isn't asked for is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from annotator.errors import BadInput
from annotator.imports.formats.bounds import BLOCK_BYTES, MAX_DEPTH, MAX_VALUE_BYTES

BLANK = re.compile(r"[ \t\n\r]*")
CUT_OFF = 16  # a value whose error is this near to the window's end may only be cut off there


class BoundedDecoder(json.JSONDecoder):
    """Raises RecursionError beyond MAX_DEPTH levels, so that whatever walks a value later doesn't."""

    def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
        value, end = super().raw_decode(s, idx)
        # Most values have so few brackets that none can lie too deep.
        if s.count("[", idx, end) + s.count("{", idx, end) > MAX_DEPTH and is_too_deep(value):
            raise RecursionError
        return value, end


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects lie more than MAX_DEPTH levels inside each other."""
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        holders = (each.values() if isinstance(each, dict) else each for each in level)
        level = [part for each in holders for part in each if isinstance(part, dict | list)]
        if not level:
            return False
    return True


# NaN stays a text, so that only its own cell is refused later.
DECODER = BoundedDecoder(parse_constant=str)


def json_of(text: str) -> Any:
    """The JSON of a text. Raises BadInput for what is none."""
    try:
        return DECODER.decode(text)
    except RecursionError:
        raise BadInput("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadInput(
            f"this is not valid JSON at character {error.pos + 1:,}: {error.msg}"
        ) from None
    except ValueError:
        raise BadInput("a number has more than 4,300 digits") from None


def json_or_text(text: str) -> Any:
    """The array or object that a text holds; any other text as it is."""
    try:
        return json_of(text) if text.startswith(("[", "{")) else text
    except BadInput:
        return text


class JsonStream:
    """A position in a JSON document. Its methods take what comes next, or raise BadInput."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.window = ""
        self.at = 0
        self.has_ended = False
        self.skipped_levels = 0

    def peek(self) -> str:
        """The next character that is not blank; empty at the end of the file."""
        while True:
            blank = BLANK.match(self.window, self.at)
            assert blank is not None  # it matches nothing, too
            self.at = blank.end()
            if self.at < len(self.window):
                return self.window[self.at]
            if not self._read_on():
                return ""

    def value(self) -> Any:
        """The next value as a whole."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self.window, self.at)
            except json.JSONDecodeError as error:
                if self.has_ended or not self._is_cut_off(error):
                    raise BadInput(f"this is not valid JSON: {error.msg}") from None
            except RecursionError:
                raise BadInput("it is nested too deeply") from None
            except ValueError:
                raise BadInput("a number has more than 4,300 digits") from None
            else:
                # A number at the window's end may go on behind it.
                if end < len(self.window) or self.has_ended:
                    self.at = end
                    return value
            if len(self.window) - self.at > MAX_VALUE_BYTES:
                raise BadInput("an entry is larger than 64 MB")
            self._read_on()

    def items(self) -> Iterator[Any]:
        """The entries of the array that comes next."""
        for _ in self.places("[", "]"):
            yield self.value()

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next; a value that isn't taken is passed over."""
        for _ in self.places("{", "}"):
            key = self.value()
            if not isinstance(key, str) or self.peek() != ":":
                raise BadInput("this is not valid JSON: a key is expected")
            self.at += 1
            self.peek()
            before = self.read
            yield key
            if self.read == before:
                self.skip()

    def places(self, opening: str, closing: str) -> Iterator[None]:
        """Stops before each part of what `opening` and `closing` enclose, and after the whole."""
        if self.peek() != opening:
            raise BadInput(f"this is not valid JSON: {opening} is expected")
        self.at += 1
        if self.peek() == closing:
            self.at += 1
            return
        while True:
            yield
            after = self.peek()
            if after not in (",", closing):
                raise BadInput(f"this is not valid JSON: a comma or {closing} is expected")
            self.at += 1
            if after == closing:
                return

    def skip(self) -> None:
        """Pass over the next value; entries of arrays one at a time."""
        self.skipped_levels += 1
        if self.skipped_levels > MAX_DEPTH:
            raise BadInput("it is nested too deeply")
        if self.peek() == "[":
            for _ in self.items():
                pass
        elif self.peek() == "{":
            for _ in self.members():
                pass
        else:
            self.value()
        self.skipped_levels -= 1

    @property
    def read(self) -> int:
        """The number of characters passed so far."""
        return self._behind + self.at

    _behind = 0

    def _is_cut_off(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated") or error.pos >= len(self.window) - CUT_OFF

    def _read_on(self) -> bool:
        """Read as much again as is waiting, at least a block; False at the end of the file."""
        waiting = len(self.window) - self.at
        try:
            more = self.file.read(max(BLOCK_BYTES, waiting))
        except UnicodeDecodeError:
            raise BadInput("it is not UTF-8: save it as UTF-8") from None
        self._behind += self.at
        self.window = self.window[self.at :] + more
        self.at = 0
        self.has_ended = not more
        return bool(more)


@contextmanager
def json_stream(path: Path) -> Iterator[JsonStream]:
    """The document of a file. JSON is UTF-8; UTF-16 is read where the file begins with its mark."""
    with path.open(encoding=json_encoding(path), newline="") as file:
        yield JsonStream(file)


def json_encoding(path: Path) -> str:
    """utf-8-sig, or utf-16 where the file begins with its mark."""
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def first_values(path: Path, count: int) -> list[Any]:
    """Up to `count` entries from a file's beginning: of its array, or its lines. Empty when it's no JSON."""
    values: list[Any] = []
    try:
        with json_stream(path) as stream:
            if stream.peek() == "[":
                entries = stream.items()
            else:
                entries = iter(lambda: stream.value() if stream.peek() else STOP, STOP)
            for value in entries:
                values.append(value)
                if len(values) >= count:
                    break
    except (BadInput, OSError):
        return values
    return values


def first_object(path: Path) -> dict[str, Any]:
    """The first entry of a file's array, or its first line; empty when it's no object."""
    first = next(iter(first_values(path, 1)), None)
    return first if isinstance(first, dict) else {}


STOP = object()
BEGINNING_CHARACTERS = 4_000_000


def first_members(path: Path) -> dict[str, Any]:
    """What the object at a file's beginning holds: of an array its first entry in a list, of an object {}.

    Stops after BEGINNING_CHARACTERS, so keys behind a long array may be missing. Empty when it's no object.
    """
    members: dict[str, Any] = {}
    try:
        with json_stream(path) as stream:
            for key in stream.members():
                kind = stream.peek()
                members[key] = {} if kind == "{" else [] if kind == "[" else stream.value()
                for entry in stream.items() if kind == "[" else ():
                    members[key] = members[key] or [entry]
                    if stream.read > BEGINNING_CHARACTERS:
                        return members
    except (BadInput, OSError):
        return members
    return members
