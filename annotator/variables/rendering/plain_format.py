"""No format: values stand as they are and are read by the text around them."""

from collections.abc import Sequence
from itertools import pairwise

from annotator.variables.rendering.format import TextFormat
from annotator.variables.rendering.placeholders import Lint, Placeholder, position
from annotator.variables.spec import VariableSpec


class PlainFormat(TextFormat):
    """One leaf: the whole text."""

    title = "plain text"

    def lints(
        self, text: str, places: Sequence[Placeholder], specs: dict[str, VariableSpec]
    ) -> list[Lint]:
        message = "Put text between the two: the two can't be told apart when the answer is read."
        return [
            Lint(message=message, line=line, column=column, name=after.name)
            for before, after in pairwise(places)
            for line, column in [position(text, after.start)]
            if before.end == after.start
        ]

    def candidates(self, output: str, tree: object) -> list[tuple[str, str]]:
        stripped = output.strip()
        return [(output, ""), (stripped, "outer blanks left out")]
