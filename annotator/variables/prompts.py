"""The places of a prompt: `{{name}}`, and nothing else (Q18)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from annotator.variables.json_text import to_json

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


@dataclass(frozen=True)
class FilledPrompt:
    """The text as the model reads it; `missing` names the places that had no value or an empty one."""

    text: str
    missing: tuple[str, ...] = ()


def names_in(text: str) -> list[str]:
    """The names of the places in a text, each once, in order. `[s]` is text."""
    return list(_names_in(text))


@lru_cache(maxsize=256)  # the same few prompts are filled for every sample
def _names_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def rename_place(text: str, old: str, new: str) -> str:
    """The text with `{{new}}` for each `{{old}}`; all else stays as it is."""
    return PLACEHOLDER.sub(lambda place: f"{{{{{new}}}}}" if place[1] == old else place[0], text)


def render_prompt(text: str, metadata: Mapping[str, object]) -> FilledPrompt:
    """Fill the places in one pass: what a value holds is never read as a place again.

    An absent name, null and blank text are missing.
    """
    names = _names_in(text)
    if not names:
        return FilledPrompt(text)
    values = {name: _text(metadata.get(name)) for name in names}
    filled = PLACEHOLDER.sub(lambda place: values[place[1]], text)
    return FilledPrompt(filled, tuple(name for name in values if not values[name].strip()))


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return to_json(value)
