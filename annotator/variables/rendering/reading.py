"""Reads values out of a model's output by the paths that its template was learned with."""

import re
from dataclasses import dataclass
from typing import Any

from annotator.variables.errors import ValueRefused
from annotator.variables.rendering.format import Unparsed
from annotator.variables.rendering.template import Template
from annotator.variables.rendering.tree import Landing, leaf_at
from annotator.variables.spec import MISSING, VariableSpec

# Characters; a longer one is a model that repeats itself.
MAX_OUTPUT_LENGTH = 200_000
# These run on foreign text: none may look at a character more than a few times.
FENCE = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\r?\n(.*?)```", re.DOTALL)
THOUGHTS_END = "</think>"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an output holds. `values` has every variable that was read, canonical or None."""

    values: dict[str, Any]
    steps: tuple[str, ...]
    """What had to be done to the output first; empty for one that was right at once."""
    problems: dict[str, str]
    """By variable, why it could not be read."""

    @property
    def complete(self) -> bool:
        """Whether every variable of the template was read."""
        return not self.problems


def read(template: Template, output: str) -> Reading:
    """Read values out of foreign text. Never raises: what can't be read is in `problems`."""
    tree, steps, problem = _parsed(template, output)
    if problem:
        return Reading(values={}, steps=(), problems=dict.fromkeys(template.names, problem))
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for path, landing in template.landings.items():
        for name, raw in _raw_values(template, landing, leaf_at(tree, path)).items():
            if name in values:
                continue
            try:
                values[name], step = _fitted(template.specs[name], raw)
            except ValueRefused as error:
                problems.setdefault(name, error.message)
            else:
                problems.pop(name, None)
                steps += [f"{name}: {step}"] if step else []
    return Reading(values=values, steps=tuple(steps), problems=problems)


def _parsed(template: Template, output: str) -> tuple[Any, list[str], str]:
    """The tree, the steps that led to it, and the problem when none did."""
    if len(output) > MAX_OUTPUT_LENGTH:
        return None, [], f"The output is longer than {MAX_OUTPUT_LENGTH:,} characters."
    problem = ""
    for text, step in _candidates(template, output):
        try:
            tree = template.format.parse(text)
        except Unparsed as error:
            problem = problem or f"The output is not valid {template.format.title}: {error.message}"
            continue
        if isinstance(tree, type(template.tree)) and _fits(template, tree):
            return template.format.align(tree, template.tree), [step] if step else [], ""
    return None, [], problem or f"The output is not the {template.format.title} of the template."


def _candidates(template: Template, output: str) -> list[tuple[str, str]]:
    """Texts to try, in order: as it is, without what models put around, then cut out."""
    texts, base = [(output, "")], output
    if THOUGHTS_END in output:
        base = output.rpartition(THOUGHTS_END)[2].strip()
        texts.append((base, "thoughts left out"))
    fenced = FENCE.search(base)
    if fenced and "```" not in template.text:  # nearly any text is valid CSV: look inside first
        texts.insert(0, (fenced[1].strip("\r\n"), "code fence left out"))
    cut_out = [
        (candidate, step)
        for text in dict.fromkeys((texts[0][0], base))
        for candidate, step in template.format.candidates(text, template.tree)
        if step
    ]
    return texts + cut_out


def _fits(template: Template, tree: Any) -> bool:
    """Whether any value can be read; a sentence is valid YAML and CSV too."""
    aligned = template.format.align(tree, template.tree)
    if not template.landings:
        return True
    for path, landing in template.landings.items():
        leaf = leaf_at(aligned, path)
        if leaf is not MISSING and (
            landing.whole or match(str(leaf), landing, loose=True) is not None
        ):
            return True
    return False


def _raw_values(template: Template, landing: Landing, leaf: Any) -> dict[str, Any]:
    names = [template.places[number].name for number in landing.numbers]
    if leaf is MISSING:
        return dict.fromkeys(names, MISSING)
    if landing.whole:
        place = template.places[landing.numbers[0]]
        return {
            names[0]: _Text(leaf) if isinstance(leaf, str) and place.context != "bare" else leaf
        }
    if leaf is None:
        return dict.fromkeys(names, None)
    parts = match(str(leaf), landing, loose=False) or match(str(leaf), landing, loose=True)
    if parts is None:
        return dict.fromkeys(names, MISSING)
    return {name: _Text(part) for name, part in zip(names, parts, strict=True)}


class _Text(str):
    """Text from a place that holds only text, where “8.5” is how a number is written."""


def _fitted(spec: VariableSpec, raw: Any) -> tuple[Any, str]:
    """The canonical value and the step that it took. Raises ValueRefused."""
    if raw is MISSING:
        raise ValueRefused("It is not in the output.", code="required")
    value = str(raw) if isinstance(raw, _Text) else raw
    if isinstance(value, str) and not value.strip():
        value = None
    if value is None:
        return spec.check_answer(None), ""
    try:
        read_as = spec.type_rules.from_text(value) if isinstance(raw, _Text) else value
        return spec.check_answer(read_as), ""
    except ValueRefused:
        return spec.type_rules.coerce(value)


def match(text: str, landing: Landing, *, loose: bool) -> list[str] | None:
    """The texts between a landing's literals, each literal at its first occurrence.

    `loose` lets case, blanks and what stands around differ. None when a literal is missing.
    """
    values: list[str] = []
    offset, waiting = 0, False
    for number, part in enumerate(landing.pattern):
        if isinstance(part, int):
            values += [""] if waiting else []  # nothing stands between two places
            waiting = True
            continue
        last = number == len(landing.pattern) - 1
        span = (_find_loosely if loose else _find)(text, part, offset, last=last)
        if span is None or (not waiting and not loose and span[0] != offset):
            return None
        values += [text[offset : span[0]]] if waiting else []
        offset, waiting = span[1], False
    values += [text[offset:]] if waiting else []
    return [value.strip() for value in values] if loose else values


def _find(text: str, literal: str, offset: int, *, last: bool) -> tuple[int, int] | None:
    start = max(offset, len(text) - len(literal)) if last else text.find(literal, offset)
    return (
        (start, start + len(literal)) if start >= 0 and text[start:].startswith(literal) else None
    )


def _find_loosely(text: str, literal: str, offset: int, *, last: bool) -> tuple[int, int] | None:
    words = literal.split()
    if last and not words:
        return len(text), len(text)
    pattern = r"\s+".join(map(re.escape, words)) or r"\s+"
    match_ = re.compile(pattern, re.IGNORECASE).search(text, offset)
    return match_.span() if match_ else None
