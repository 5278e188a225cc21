"""Finds `{{name}}` in a text. Nothing else is special: `{% … %}` and `[s]` are text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from annotator.variables.prompts import PLACEHOLDER


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """Where a value goes in a template: the characters from `start` to before `end` are replaced."""

    number: int
    name: str
    start: int
    end: int
    context: str = ""
    """What surrounds it, in its format's own words; decides how a value is written."""
    indent: str = ""
    """What each further line of the value begins with, in YAML's block texts."""

    def widened(self, context: str) -> "Placeholder":
        """With the quote before and after it, which the value then brings itself."""
        return replace(self, context=context, start=self.start - 1, end=self.end + 1)


@dataclass(frozen=True, kw_only=True)
class Lint:
    """Something that works, but probably not as meant. Line and column count from 1."""

    message: str
    line: int
    column: int
    name: str = ""


def placeholders_in(text: str) -> list[Placeholder]:
    """Every placeholder of a text, from its beginning to its end."""
    return [
        Placeholder(number=number, name=match[1], start=match.start(), end=match.end())
        for number, match in enumerate(PLACEHOLDER.finditer(text))
    ]


def fill(text: str, places: Iterable[Placeholder], replacements: Sequence[str]) -> str:
    """The text with each place replaced; the replacements are never looked at again."""
    parts, end = [], 0
    for place, replacement in zip(places, replacements, strict=True):
        parts += [text[end : place.start], replacement]
        end = place.end
    return "".join([*parts, text[end:]])


def offset_before(offset: int, places: Iterable[Placeholder], replacements: Sequence[str]) -> int:
    """Where a character of `fill`'s result stands in the text before; a place's own at its start."""
    shift = 0
    for place, replacement in zip(places, replacements, strict=True):
        start = place.start + shift
        if offset < start:
            break
        if offset < start + len(replacement):
            return place.start
        shift += len(replacement) - (place.end - place.start)
    return offset - shift


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    offset = min(max(offset, 0), len(text))
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def offset_of(text: str, line: int, column: int) -> int:
    """The reverse of `position`."""
    lines = text.split("\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
