"""What is seen of a column's values in one pass, and the type that takes all of them.

Nothing is rounded or renamed: a text that begins with zeros stays text, and a column is of numbers only if
each of them is written as it would be written again.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from annotator.imports.formats.pictures import is_picture_path
from annotator.imports.formats.records import Box, ImageReference
from annotator.imports.formats.texts import number_text

INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,18})")
DECIMAL = re.compile(r"-?\d{1,20}\.\d{1,20}")
DAMAGED = re.compile(r"\d[.,]\d+[eE]\+\d+")  # what Excel makes of a long id
YES_NO = {"true": True, "false": False, "yes": True, "no": False}
LARGEST = 2**63 - 1
MAX_CHOICES = 30
CHOICE_LENGTH = 100
SHARE_OF_CHOICES = 0.5  # more different values than this share of the rows are no choices
MANY = 1_000  # different values that are counted at most
EXAMPLES = 5


@dataclass
class Values:
    """What has been seen of a column; its size doesn't grow with the rows."""

    count: int = 0
    kinds: set[str] = field(default_factory=set)
    different: dict[str, int] = field(default_factory=dict)
    has_many: bool = False  # more than MANY different ones
    low: float | int = math.inf
    high: float | int = -math.inf
    pictures: int = 0
    is_all_pictures: bool = False
    damaged: int = 0
    examples: list[Any] = field(default_factory=list)
    items: Values | None = None  # of lists

    def take(self, value: Any, decimal: str) -> None:
        """One more value that isn't empty."""
        self.count += 1
        if self.is_free_text and type(value) is str:
            self.damaged += "E+" in value and DAMAGED.fullmatch(value) is not None
            return
        text = value if type(value) is str else str(value) if isinstance(value, int) else None
        if text in self.different:  # of a kind that is known; True is "True" and a word "true"
            self.different[text] += 1
            self.pictures += self.is_all_pictures
            return
        if len(self.examples) < EXAMPLES and value not in self.examples:
            self.examples.append(value)
        self.kinds.add(self._kind(value, decimal))
        self.is_all_pictures = self.pictures == self.count
        if self.has_many or text is None:
            return
        self.different[text] = 1
        if len(text) > CHOICE_LENGTH or len(self.different) > MANY:
            self.has_many = True
            self.different.clear()

    @property
    def is_free_text(self) -> bool:
        """Whether no further text changes what the column is."""
        return self.has_many and "string" in self.kinds and not self.is_all_pictures

    def _kind(self, value: Any, decimal: str) -> str:
        """boolean, word (yes or no), integer, float, string, array, object, images, boxes."""
        if isinstance(value, str):
            return self._text_kind(value, decimal)
        if isinstance(value, bool):
            return "boolean"
        if isinstance(value, int):
            self._bound(value)
            return "integer" if abs(value) <= LARGEST else "string"
        if isinstance(value, float):
            self._bound(value)
            return "float" if math.isfinite(value) else "string"
        if isinstance(value, list):
            return self._list_kind(value, decimal)
        return "images" if isinstance(value, ImageReference) else "object"

    def _text_kind(self, text: str, decimal: str) -> str:
        if text.lower() in YES_NO:
            return "word"
        written = number_text(text, decimal) if decimal == "," else text
        if INTEGER.fullmatch(written) and written != "-0" and abs(int(written)) <= LARGEST:
            self._bound(int(written))
            return "integer"
        if DECIMAL.fullmatch(written) and repr(float(written)) == written:
            self._bound(float(written))
            return "float"
        self.pictures += is_picture_path(text)
        self.damaged += DAMAGED.fullmatch(text) is not None
        return "json" if text.startswith(("[", "{")) and _is_json(text) else "string"

    def _list_kind(self, value: list[Any], decimal: str) -> str:
        if value and isinstance(value[0], ImageReference):
            return "images"
        if value and isinstance(value[0], Box):
            return "boxes"
        self.items = self.items or Values()
        for part in value[:MANY]:
            self.items.take(part, decimal)
        return "array"

    def _bound(self, number: float | int) -> None:
        self.low, self.high = min(self.low, number), max(self.high, number)

    def config(self) -> dict[str, Any]:
        """A variable's configuration that takes every value seen. Bounds are those seen."""
        if self.kinds and self.kinds <= {"boolean", "word"}:
            return {"type": "boolean"}
        if self.kinds == {"integer"}:
            return {"type": "integer", "min_value": self.low, "max_value": self.high}
        if self.kinds and self.kinds <= {"integer", "float"}:
            return {"type": "float", "min_value": self.low, "max_value": self.high}
        if self.kinds == {"object"}:
            return {"type": "object"}
        if self.kinds == {"array"}:
            item = self.items.config() if self.items and self.items.count else {}
            plain = {"type": item["type"]} if item.get("type") not in (None, "array") else {}
            return {"type": "array", **({"item_schema": plain} if plain else {})}
        if self.kinds == {"json"}:
            return {"type": "array" if str(self.examples[0]).startswith("[") else "object"}
        return {"type": "string"} | self._choices()

    def _choices(self) -> dict[str, Any]:
        """The choices, where few different texts come again and again."""
        few = 1 < len(self.different) <= MAX_CHOICES
        if self.has_many or not few or len(self.different) > self.count * SHARE_OF_CHOICES:
            return {}
        if any(text != text.strip() for text in self.different):
            return {}
        return {"choices": sorted(self.different)}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
