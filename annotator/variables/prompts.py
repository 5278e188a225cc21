"""The places of a prompt: `{{name}}`, and nothing else (Q18)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from annotator.variables.json_text import to_json

PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


@dataclass(frozen=True)
class FilledPrompt:
    """The text as the model reads it; `missing` names the places that had no value or an empty one."""

    text: str
    missing: tuple[str, ...] = ()


def names_in(text: str) -> list[str]:
    """The names of the places in a text, each once, in order. `[s]` is text."""
    return list(dict.fromkeys(PLACE.findall(text)))


def render_prompt(text: str, metadata: Mapping[str, object]) -> FilledPrompt:
    """Fill the places in one pass: what a value holds is never read as a place again."""

    def value_of(place: re.Match[str]) -> str:
        value = metadata.get(place[1])
        if value is None:
            return ""
        return value if isinstance(value, str) else to_json(value)

    missing = [name for name in names_in(text) if metadata.get(name) in (None, "")]
    return FilledPrompt(PLACE.sub(value_of, text), tuple(missing))
