"""JSON: inside of quotes, filling the quotes alone, or bare."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from annotator.variables.json_text import to_json
from annotator.variables.rendering.format import Tokens, TypedFormat, Unparsed
from annotator.variables.rendering.placeholders import Lint, Placeholder, fill, position
from annotator.variables.spec import VariableSpec


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't a number that JSON has")


# json.loads makes another one at each call, which takes longer than a short text.
DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
STRING_OR_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


class JsonFormat(TypedFormat):
    """Contexts: `quoted` (the quotes are the place's own), `inside` of other text, `bare`."""

    title = "JSON"

    def find_contexts(
        self, text: str, places: Sequence[Placeholder], token: Tokens
    ) -> list[Placeholder]:
        result, inside, end = [], False, 0
        for place in places:
            inside = ends_inside(text[end : place.start], inside)
            end = place.end
            if not inside:
                result.append(replace(place, context="bare"))
            elif opens_before(text, place.start) and text[end : end + 1] == '"':
                result.append(place.widened("quoted"))
            else:
                result.append(replace(place, context="inside"))
        return result

    def parse(self, text: str) -> Any:
        try:
            return DECODER.decode(text)
        except json.JSONDecodeError as error:
            raise Unparsed(_hint(text, error), error.pos) from None
        except RecursionError:
            raise Unparsed("Nested too deep.", 0) from None
        except ValueError as error:
            raise Unparsed(f"{error}.", 0) from None

    def mark(self, place: Placeholder, token: str) -> str:
        return token if place.context == "inside" else f'"{token}"'

    def write(self, place: Placeholder, spec: VariableSpec, value: Any) -> str:
        if place.context == "inside":
            return to_json(spec.text(value))[1:-1]
        return to_json(self.landing(place, spec, value))

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        result = []
        for place in places:
            rules = specs[place.name].type_rules
            message = ""
            if place.context == "bare":
                if rules.is_text:
                    message = "Text stands bare: quotes are added around it."
            elif not rules.scalar or (place.context == "quoted" and not rules.is_text):
                message = f"The {rules.name} becomes text here: remove the quotes."
            if message:
                line, column = position(text, place.start)
                result.append(Lint(message=message, line=line, column=column, name=place.name))
        return [*result, *doubled_keys(text, places)]

    def candidates(self, output: str, tree: Any) -> list[tuple[str, str]]:
        candidates = [(output, "")]
        opening = "[" if isinstance(tree, list) else "{"
        body = balanced(output, opening)
        if body:
            candidates.append((body, "text around the JSON left out"))
            candidates.append((without_trailing_commas(body), "trailing comma left out"))
        return candidates


def opens_before(text: str, offset: int) -> bool:
    """Whether the character before is a quote of its own, not an escaped one."""
    before = text[:offset]
    slashes = len(before[:-1]) - len(before[:-1].rstrip("\\"))
    return before.endswith('"') and slashes % 2 == 0


def ends_inside(text: str, inside: bool) -> bool:
    """Whether a string literal is open after the text, given whether one was before it."""
    skip = False
    for character in text:
        if skip:
            skip = False
        elif inside and character == "\\":
            skip = True
        elif character == '"':
            inside = not inside
    return inside


def balanced(text: str, opening: str) -> str:
    """The first object or list of a text, up to the bracket that closes it; else empty."""
    start = text.find(opening)
    depth, inside, skip = 0, False, False
    for offset in range(max(start, 0), len(text) if start >= 0 else 0):
        character = text[offset]
        if skip:
            skip = False
        elif inside:
            skip, inside = character == "\\", character != '"'
        elif character == '"':
            inside = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return text[start : offset + 1]
    return ""


def without_trailing_commas(text: str) -> str:
    """Commas before a closing bracket are removed, those in strings stay."""
    return STRING_OR_COMMA.sub(lambda match: match[1] or "", text)


def doubled_keys(text: str, places: Sequence[Placeholder]) -> list[Lint]:
    """Keys that stand twice in one object; only the last one counts."""
    doubles: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        doubles.extend(key for key in dict.fromkeys(keys) if keys.count(key) > 1)
        return dict(pairs)

    marked = fill(text, places, [JsonFormat().mark(place, "0") for place in places])
    json.loads(marked, object_pairs_hook=collect)
    result = []
    for key in doubles:
        line, column = position(text, text.rfind(to_json(key)))
        message = f"The key “{key}” stands twice: only the last one counts."
        result.append(Lint(message=message, line=line, column=column))
    return result


def _hint(text: str, error: json.JSONDecodeError) -> str:
    before = text[: error.pos].rstrip()
    if before.endswith(",") and text[error.pos : error.pos + 1] in ("}", "]"):
        return "Remove the comma before the closing bracket."
    return f"{error.msg}."
