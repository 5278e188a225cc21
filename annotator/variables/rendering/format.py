"""What a format has to know, for templates to be learned, rendered and read back by one code.

A format's parser turns text into a tree of dicts, lists and leaves. A template is learned by
writing a token at each place, parsing, and looking where the tokens landed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from annotator.variables.rendering.placeholders import Lint, Placeholder
from annotator.variables.spec import VariableSpec


class Unparsed(ValueError):
    """The text is not in the format; `offset` is where, in characters from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Unwritable(ValueError):
    """The value can't be written at this place of this format."""


class Format(Protocol):
    """One format, made for one template's text."""

    title: str

    def find_contexts(
        self, text: str, places: Sequence[Placeholder], token: "Tokens"
    ) -> list[Placeholder]:
        """The places with their contexts. Raises Unparsed."""

    def parse(self, text: str) -> Any:
        """The tree. Raises Unparsed."""

    def mark(self, place: Placeholder, token: str) -> str:
        """The token as it is written at the place."""

    def write(self, place: Placeholder, spec: VariableSpec, value: Any) -> str:
        """A canonical value, or None, as it is written at the place. Raises Unwritable."""

    def landing(self, place: Placeholder, spec: VariableSpec, value: Any) -> Any:
        """The leaf that the parser gives for a place that fills it alone."""

    def joined(self, text: str, place: Placeholder) -> str:
        """The leaf that the parser gives for text around places."""

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        """What works, but probably not as meant."""

    def candidates(self, output: str, tree: Any) -> list[tuple[str, str]]:
        """Texts that may be hidden in a model's output, each with the step that finds it."""

    def align(self, tree: Any, learned: Any) -> Any:
        """A read tree, shifted to where the template's tree has the same parts."""


class Tokens:
    """Words that occur nowhere in a text and mean nothing in any format."""

    def __init__(self, text: str) -> None:
        number = 0
        while f"qz{number}q" in text:
            number += 1
        self.prefix = f"qz{number}q"

    def __call__(self, number: int) -> str:
        return f"{self.prefix}{number}z"


class TextFormat:
    """A format whose leaves are all text, such as XML and CSV; base of the others."""

    title = "text"

    def find_contexts(
        self, text: str, places: Sequence[Placeholder], token: Tokens
    ) -> list[Placeholder]:
        return [replace(place, context="text") for place in places]

    def parse(self, text: str) -> Any:
        return text

    def mark(self, place: Placeholder, token: str) -> str:
        return token

    def write(self, place: Placeholder, spec: VariableSpec, value: Any) -> str:
        return spec.text(value)

    def landing(self, place: Placeholder, spec: VariableSpec, value: Any) -> Any:
        return spec.text(value)

    def joined(self, text: str, place: Placeholder) -> str:
        return text

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        return []

    def candidates(self, output: str, tree: Any) -> list[tuple[str, str]]:
        return [(output, "")]

    def align(self, tree: Any, learned: Any) -> Any:
        return tree


class TypedFormat(TextFormat):
    """A format whose leaves have types, JSON and YAML; a value without quotes (`bare`) keeps its own."""

    def landing(self, place: Placeholder, spec: VariableSpec, value: Any) -> Any:
        if place.context == "bare" or value is None:
            return value
        return spec.text(value)
