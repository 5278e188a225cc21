"""Whole and decimal numbers."""

import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar

from django import forms

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.exact import (
    LARGEST_INTEGER,
    decimal_of,
    float_of,
    is_noise,
    nearest_on_grid,
    plain,
)
from annotator.variables.fields import NumberEdit
from annotator.variables.limits import MAX_VALUE, MIN_VALUE, STEP_SIZE, limits_schema
from annotator.variables.types.bounds import (
    bounds_text,
    check_bounds,
    check_in_bounds,
    keep_decimals,
    number_between,
)
from annotator.variables.types.number_values import loose_number, number_of, number_of_text
from annotator.variables.variable_type import (
    AT_LEAST,
    AT_MOST,
    EQUALS,
    Coerced,
    FilterOperator,
    Metric,
    VariableType,
)

EXACT_INTEGERS = 2**53  # below it, doubles hold each


class NumberType(VariableType):
    """What whole and decimal numbers have in common."""

    is_numeric: ClassVar[bool] = True
    is_half_width = True
    metric = Metric.DISTANCE
    filter_column: ClassVar[str | None] = "number"
    filter_operators: ClassVar[tuple[FilterOperator, ...]] = (EQUALS, AT_LEAST, AT_MOST)

    def operand(self, operator: FilterOperator, text: str) -> float:
        return float(decimal_of(text))

    def change_text(self, old: Any, new: Any) -> str:
        are_numbers = type(old) in (int, float) and type(new) in (int, float)
        return f"{new - old:+.6g}" if are_numbers else ""

    def facet_inputs(self) -> tuple[FilterOperator, ...]:
        return (AT_LEAST, AT_MOST)


def short_number(value: Decimal) -> int | float:
    """As on the wire: 10 rather than 10.0."""
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(frozen=True, kw_only=True)
class IntegerType(NumberType):
    """A whole number; both bounds are inclusive. 10.0 is the whole number 10."""

    min_value: Decimal | None = field(
        default=None,
        metadata=MIN_VALUE.declare(json_schema="minimum", to_json=math.ceil, write=short_number),
    )
    max_value: Decimal | None = field(
        default=None,
        metadata=MAX_VALUE.declare(json_schema="maximum", to_json=math.floor, write=short_number),
    )

    name: ClassVar[str] = "integer"
    label: ClassVar[str] = "Whole number"
    step = 1.0

    def __post_init__(self) -> None:
        keep_decimals(self, "min_value", "max_value")
        low, high = self.min_value, self.max_value
        check_bounds(low, high)
        if low is not None and high is not None and math.ceil(low) > math.floor(high):
            raise ConfigError("max_value", "Leave room for a whole number between the bounds.")

    def check(self, value: object) -> int | None:
        if value is None:
            return None
        number = number_of(value)
        if number != number.to_integral_value():
            raise ValueRefused("Give a whole number, without decimals.", code="type")
        check_in_bounds(number, self.min_value, self.max_value)
        if abs(number) > LARGEST_INTEGER:
            raise ValueRefused(f"Give a whole number up to {LARGEST_INTEGER}.", code="size")
        return int(number)

    def from_text(self, text: str) -> object:
        return number_of_text(text, "Give a whole number, such as 3.")

    def text(self, value: int) -> str:
        return str(value)

    def limits_text(self) -> str:
        return bounds_text(self.min_value, self.max_value)

    def coerce(self, value: object) -> Coerced:
        number, step = loose_number(value)
        try:
            return self.check(number), step
        except ValueRefused as error:
            if error.code != "type":
                raise
            return self.check(round(Fraction(number))), "rounded to a whole number"

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        return {"type": "integer", **limits_schema(self, strict=strict)}

    def example(self) -> int:
        return int(number_between(self.min_value, self.max_value, step=None))

    def widget(self) -> forms.Widget:
        low, high = self.min_value, self.max_value
        attrs = {"step": "1", "inputmode": "numeric" if low is not None and low >= 0 else "text"}
        if low is not None:
            attrs["min"] = str(math.ceil(low))
        if high is not None:
            attrs["max"] = str(math.floor(high))
        return NumberEdit(attrs)


@dataclass(frozen=True, kw_only=True)
class FloatType(NumberType):
    """A decimal number; bounds inclusive; steps count from min_value, else from 0.

    The greatest value is legal even where no step ends on it.
    """

    min_value: Decimal | None = field(
        default=None, metadata=MIN_VALUE.declare(json_schema="minimum", to_json=float)
    )
    max_value: Decimal | None = field(
        default=None, metadata=MAX_VALUE.declare(json_schema="maximum", to_json=float)
    )
    step_size: Decimal | None = field(default=None, metadata=STEP_SIZE.declare())

    name: ClassVar[str] = "float"
    label: ClassVar[str] = "Decimal number"

    @property
    def step(self) -> float | None:
        """As configured."""
        return None if self.step_size is None else float(self.step_size)

    def __post_init__(self) -> None:
        keep_decimals(self, "min_value", "max_value", "step_size")
        check_bounds(self.min_value, self.max_value)
        if self.step_size is not None and self.step_size <= 0:
            raise ConfigError("step_size", "Give a step above 0, or leave it out.")

    def check(self, value: object) -> float | None:
        if type(value) in (int, float):
            return _checked_float(self, value)
        return None if value is None else self._check(value)

    def _check(self, value: object) -> float:
        number = number_of(value)
        if self.step_size is None or number == self.max_value:
            check_in_bounds(number, self.min_value, self.max_value)
            return float_of(number)
        point = self._nearest(number)
        if not is_noise(number, point):
            check_in_bounds(number, self.min_value, self.max_value)
            step, near = plain(self.step_size), plain(point)
            raise ValueRefused(f"Use steps of {step}, such as {near}.", code="step_size")
        check_in_bounds(point, self.min_value, self.max_value)
        return float_of(point)

    def _nearest(self, number: Decimal) -> Fraction:
        base, step = self.min_value or Decimal(0), self.step_size
        assert step is not None  # for the type checker; callers have asked
        return nearest_on_grid(number, base=base, step=step)

    def from_text(self, text: str) -> object:
        number = number_of_text(text, "Give a number, such as 8.5.")
        return None if number is None else float(number)

    def text(self, value: float) -> str:
        return repr(value)

    def display(self, value: float) -> str:
        """As many decimals as the step has, so that columns of numbers line up."""
        if self.step_size is None:
            return plain(Decimal(repr(value)))
        exponents = [self.step_size.normalize(), (self.min_value or Decimal(0)).normalize()]
        decimals = max(0, *(-int(number.as_tuple().exponent) for number in exponents))
        shown = f"{value:.{min(decimals, 15)}f}"
        return shown if float(shown) == value else repr(value)

    def limits_text(self) -> str:
        bounds = bounds_text(self.min_value, self.max_value)
        if self.step_size is None:
            return bounds
        return f"{bounds}{', ' if bounds else ''}in steps of {plain(self.step_size)}"

    def coerce(self, value: object) -> Coerced:
        number, step = loose_number(value)
        try:
            return self.check(number), step
        except ValueRefused as error:
            if error.code != "step_size" or self.step_size is None:
                raise
            rounded = self._nearest(decimal_of(number))
            if self.max_value is not None and rounded > Fraction(self.max_value):
                rounded = Fraction(self.max_value)
            return self.check(float_of(rounded)), f"rounded to steps of {plain(self.step_size)}"

    def json_schema(self, *, strict: bool) -> dict[str, Any]:
        schema = {"type": "number", **limits_schema(self, strict=strict)}
        if self.step_size is None:
            return schema
        if self._steps_are_multiples() and not strict:
            return {**schema, "multipleOf": short_number(self.step_size)}
        base, step = plain(self.min_value or Decimal(0)), plain(self.step_size)
        note = f"Steps of {step}, counted from {base}; this schema does not check them."
        return {**schema, "description": note}

    def example(self) -> float:
        return number_between(self.min_value, self.max_value, step=self.step_size)

    def _steps_are_multiples(self) -> bool:
        """Whether validators that count in doubles accept every step as a `multipleOf`.

        They do for steps that are exact doubles, as 0.5 but not 0.1, while the multiples are. JSON Schema
        counts multiples from 0 and makes no exception for the greatest value.
        """
        step = Fraction(self.step_size or 1)
        ends = [Fraction(end) for end in (self.min_value, self.max_value) if end is not None]
        is_power_of_two = step.numerator & (step.numerator - 1) == 0
        are_exact = len(ends) == 2 and all(abs(end / step) < EXACT_INTEGERS for end in ends)
        return (
            step == float(step)
            and (is_power_of_two or are_exact)
            and all(end % step == 0 for end in ends)
        )

    def widget(self) -> forms.Widget:
        attrs = {"step": "any", "inputmode": "decimal"}
        for key, bound in (("min", self.min_value), ("max", self.max_value)):
            if bound is not None:
                attrs[key] = str(bound)
        base, step = self.min_value or Decimal(0), self.step_size
        # A browser refuses a greatest value that no step ends on; then only the server checks.
        if step is not None and (
            self.max_value is None
            or (Fraction(self.max_value) - Fraction(base)) % Fraction(step) == 0
        ):
            attrs["step"] = str(step)
        return NumberEdit(attrs)


# The exact arithmetic takes longer than all else of a small row.
@lru_cache(maxsize=4096, typed=True)
def _checked_float(rules: FloatType, value: int | float) -> float:
    return rules._check(value)
