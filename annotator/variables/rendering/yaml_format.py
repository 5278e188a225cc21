"""YAML: quoted, plain and block texts. Values that YAML would misread are quoted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import yaml

from annotator.variables.json_text import to_json
from annotator.variables.rendering.format import Tokens, TypedFormat, Unparsed, Unwritable
from annotator.variables.rendering.placeholders import Lint, Placeholder, fill, offset_of, position
from annotator.variables.spec import VariableSpec

MAX_DEPTH = 100
# Neither readable by every parser as they are, nor escaped by JSON.
ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 _./-]*[A-Za-z0-9])?")
SINGLE_QUOTABLE = re.compile("[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")
STYLES = {'"': "double", "'": "single", "|": "literal", ">": "folded", None: "mixed", "": "mixed"}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """The safe loader with the few bare words that YAML 1.2 reads as something else than text.

    The older rules read “no” as false, 12:30 as 750 and 007 as 7.
    """

    yaml_implicit_resolvers: ClassVar[dict] = {}


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first)


class YamlFormat(TypedFormat):
    """Contexts: `quoted` and `bare` (the value alone), `double`, `single`, `mixed`, `literal`, `folded`."""

    title = "YAML"

    def find_contexts(
        self, text: str, places: Sequence[Placeholder], token: Tokens
    ) -> list[Placeholder]:
        tokens = [token(place.number) for place in places]
        marked = fill(text, places, tokens)
        self.parse(marked)
        nodes = list(scalar_nodes(yaml.compose(marked, Loader=Loader)))
        return [
            self._context(text, place, word, nodes)
            for place, word in zip(places, tokens, strict=True)
        ]

    def _context(self, text: str, place: Placeholder, word: str, nodes: list[Any]) -> Placeholder:
        node = next((node for node in nodes if word in node.value), None)
        style = STYLES[node.style if node else None]
        if node and node.value == word:
            return place.widened("quoted") if node.style else replace(place, context="bare")
        line = text[text.rfind("\n", 0, place.start) + 1 :]
        indent = line[: len(line) - len(line.lstrip(" "))]
        return replace(place, context=style, indent=indent)

    def parse(self, text: str) -> Any:
        try:
            refuse_tricks(text)
            return yaml.load(text, Loader=Loader)  # noqa: S506  a subclass of the safe loader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            offset = offset_of(text, mark.line + 1, mark.column + 1) if mark else 0
            problem = error.problem or "not valid"
            raise Unparsed(f"{problem[:1].upper()}{problem[1:]}.", offset) from None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            if isinstance(error, Unparsed):
                raise
            raise Unparsed("Not valid YAML.", 0) from None

    def write(self, place: Placeholder, spec: VariableSpec, value: Any) -> str:
        text = spec.text(value)
        if place.context == "bare":
            return bare(value)
        if place.context == "quoted":
            return "null" if value is None else quoted(text)
        if place.context == "double":
            return quoted(text)[1:-1]
        if place.context == "single":
            if not SINGLE_QUOTABLE.fullmatch(text):
                raise Unwritable("write the place of the template in double quotes")
            return text.replace("'", "''")
        if place.context == "literal":
            return text.replace("\n", f"\n{place.indent}")
        if place.context == "folded":
            return text.replace("\n", f"\n\n{place.indent}")
        return text

    def joined(self, text: str, place: Placeholder) -> str:
        # A block text without content has no line end either.
        return "" if place.context in ("literal", "folded") and not text.strip("\n") else text

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        result = []
        for place in places:
            rules = specs[place.name].type_rules
            message = ""
            if place.context == "mixed":
                message = "Put the text in double quotes: some values can't be written here."
            elif place.context in ("literal", "folded"):
                message = "Prefer double quotes: blanks at the ends are lost here."
            elif place.context == "quoted" and not rules.is_text:
                message = f"The {rules.name} becomes text here: remove the quotes."
            if message:
                line, column = position(text, place.start)
                result.append(Lint(message=message, line=line, column=column, name=place.name))
        if "\t" in text:
            line, column = position(text, text.index("\t"))
            result.append(Lint(message="Indent with blanks, not tabs.", line=line, column=column))
        return result


def refuse_tricks(text: str) -> None:
    """Aliases can grow a short text beyond memory, deep nesting ends the process. Raises Unparsed."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            raise Unparsed("Aliases aren't allowed.", 0)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise Unparsed(f"Nest at most {MAX_DEPTH} levels deep.", 0)


def scalar_nodes(node: Any) -> Any:
    """Every scalar below a node, keys included."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from scalar_nodes(item)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for item in pair:
                yield from scalar_nodes(item)


def quoted(text: str) -> str:
    """Text in double quotes. Only what has to be is escaped: an emoji's escape is read as two."""
    return ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", to_json(text))


def bare(value: Any) -> str:
    """A value without quotes of the template's own."""
    if isinstance(value, str):
        return value if is_plain(value) else quoted(value)
    if isinstance(value, float):
        text = repr(value)  # YAML 1.1 reads 1e+22 as text
        return text if "e" not in text or "." in text else text.replace("e", ".0e")
    if isinstance(value, list):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(key)}: {flow(item)}' for key, item in value.items())}}}"
    return to_json(value)


def flow(value: Any) -> str:
    """A value inside of a list or an object, where text is always quoted."""
    return quoted(value) if isinstance(value, str) else bare(value)


def is_plain(text: str) -> bool:
    """Whether every YAML reader reads the bare text as this text: not so “no” or “null”."""
    if not PLAIN.fullmatch(text) or text.lower() in ("y", "n"):
        return False
    return yaml.safe_load(text) == text
