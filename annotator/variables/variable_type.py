"""What every variable type says about itself. Other rooms ask the type, never its name."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django import forms

# A value that fits only after it was rewritten, and how: ("8,5" → 8.5, "decimal comma read").
Coerced = tuple[object, str]


class Metric(StrEnum):
    """How a predicted value is scored in training, from 0 (wrong) to 1 (right)."""

    EXACT = "exact"
    """1 for the same value, else 0."""
    DISTANCE = "distance"
    """1 minus the distance of the two numbers, as a share of the range; see `as_number`."""
    TEXT = "text"
    """How much of the text is right."""
    ENTRIES = "entries"
    """Which entries of a list are right."""
    MEMBERS = "members"
    """The mean over an object's members."""


@dataclass(frozen=True)
class FilterOperator:
    """One comparison that the gallery can filter by."""

    key: str
    """As in the gallery's address, where `v.grade.min=7` has the key `min`."""
    label: str
    """Names its input beside the gallery: “at least”."""
    chip: str
    """What a chip says, {} being what was typed."""
    lookup: str
    """Django's lookup on the filter column."""
    placeholder: str = ""
    """In its empty input."""
    is_folded: bool = False
    """Whether texts are compared as names are found, without case and in any spelling."""


EQUALS = FilterOperator("", "is", "{}", "exact")
AT_LEAST = FilterOperator("min", "at least", "at least {}", "gte", "from")
AT_MOST = FilterOperator("max", "at most", "at most {}", "lte", "to")
CONTAINS = FilterOperator(
    "has", "contains", "contains “{}”", "contains", "contains …", is_folded=True
)


class VariableType(ABC):
    """One type with its limits: values are checked, written, shown, edited, filtered and scored by it.

    A new type is a frozen dataclass that says what differs from the defaults here, and joins `TYPES`.
    Its limits are dataclass fields with the metadata of `Limit.declare`.
    """

    name: ClassVar[str]
    """As on the wire; at most 20 characters."""
    label: ClassVar[str]
    """On screens: “Whole number”."""
    scalar: ClassVar[bool] = True
    """Whether a value fits into one cell of a table. One that doesn't may have an `item_schema`."""
    is_text: ClassVar[bool] = False
    """Whether a value is a text in JSON, so that templates write it in quotes."""
    is_object: ClassVar[bool] = False
    """Whether a value is an object in JSON, so that one with the key `value` may be bare or wrapped."""
    is_numeric: ClassVar[bool] = False
    """Whether values are numbers: lined up at the right, typed on a numeric keyboard."""

    filter_column: ClassVar[str | None] = None
    """The column of a stored value that filters read: number, text, boolean_value; None for no filter."""
    filter_operators: ClassVar[tuple[FilterOperator, ...]] = ()
    """What the gallery can filter by, apart from missing and invalid."""

    @abstractmethod
    def check(self, value: object) -> Any:
        """The canonical value, or None for a missing one. Raises ValueRefused."""

    @abstractmethod
    def from_text(self, text: str) -> object:
        """Read what `text` or a person wrote; not yet checked. Raises ValueRefused."""

    def from_form(self, raw: object) -> object:
        """Read what this type's widget collected; not yet checked. Raises ValueRefused."""
        return self.from_text(str(raw))

    @abstractmethod
    def text(self, value: Any) -> str:
        """A canonical value as text, in the one spelling that training targets use."""

    def edit_text(self, value: Any) -> str:
        """A canonical value as it stands in a form's field."""
        return self.text(value)

    def display(self, value: Any) -> str:
        """A canonical value for a person who reads."""
        return self.text(value)

    def limits_text(self) -> str:
        """The limits in words, or an empty text."""
        return ""

    @abstractmethod
    def coerce(self, value: object) -> Coerced:
        """Rewrite a model's output into a value that `check` accepts. Raises ValueRefused."""

    @abstractmethod
    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        """JSON Schema 2020-12 of a value that isn't missing."""

    @abstractmethod
    def widget(self) -> forms.Widget:
        """How a browser edits it."""

    @abstractmethod
    def example(self) -> Any:
        """A value for documentation and previews; within the limits where that is simple."""

    def unwrap(self, value: Any) -> Any:
        """A value that came as `{"value": value}`; objects of that shape are told apart."""
        return value

    @property
    def is_completed(self) -> bool:
        """Whether what was written before in its field, or in a part of it, helps to write it."""
        return False

    def texts(self, value: Any, path: Sequence[str] = ()) -> Iterator[str]:
        """The free texts of a stored value: of it, of each entry, of the member that `path` names."""
        yield from ()

    @property
    def is_half_width(self) -> bool:
        """Whether its field shares a line with another one."""
        return False

    def column_value(self, value: Any) -> Any:
        """What the filter column holds for a canonical value."""
        return value

    def operand(self, operator: FilterOperator, text: str) -> Any:
        """What somebody typed, as compared with the filter column. Raises ValueError."""
        raise ValueError("nothing to filter by")

    def operand_text(self, text: str) -> str:
        """What somebody filtered by, as a chip shows it."""
        return text

    def facet_choices(self) -> list[tuple[str, str]]:
        """Values to choose from beside the gallery: as in its address, and as shown."""
        return []

    def facet_inputs(self) -> tuple[FilterOperator, ...]:
        """The operators that have an input beside the gallery."""
        return ()

    def facet_key(self, column_value: Any) -> str:
        """A value of the filter column as in the gallery's address."""
        return str(column_value)

    def change_text(self, old: Any, new: Any) -> str:
        """By how much two stored values differ, such as “+0.5”; they may be missing or illegal."""
        return ""

    @property
    def metric(self) -> Metric:
        """How training scores it."""
        return Metric.EXACT

    @property
    def step(self) -> float | None:
        """The smallest difference between two values, where the metric is a distance and there is one."""
        return None

    def as_number(self, value: Any) -> float:
        """A canonical value as a number, where the metric is a distance."""
        return float(value)


def noun_of(value: object) -> str:
    """What a JSON value is, for messages: “text”, “a number”."""
    nouns: dict[type, str] = {
        bool: "yes or no",
        str: "text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return nouns.get(type(value), "nothing")
