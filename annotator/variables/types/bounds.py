"""Bounds of numbers: read exactly, checked, and put into words."""

from decimal import Decimal
from fractions import Fraction

from annotator.variables.errors import ConfigError, ValueRefused
from annotator.variables.exact import decimal_of, plain
from annotator.variables.variable_type import VariableType


def keep_decimals(rules: VariableType, *keys: str) -> None:
    """Turn the bounds of a frozen type into exact decimals. Raises ConfigError."""
    for key in keys:
        given = getattr(rules, key)
        if given is None:
            continue
        try:
            object.__setattr__(rules, key, decimal_of(given))
        except ValueError:
            raise ConfigError(key, "Give a number, such as 0.5, or leave it out.") from None


def check_bounds(low: Decimal | None, high: Decimal | None) -> None:
    """Raises ConfigError when no number lies between the two."""
    if low is not None and high is not None and low > high:
        raise ConfigError("min_value", f"Give at most {plain(high)}, the greatest value.")


def check_in_bounds(number: Decimal | Fraction, low: Decimal | None, high: Decimal | None) -> None:
    """Raises ValueRefused outside of the inclusive bounds."""
    if low is not None and number < low:
        raise ValueRefused(f"Give {plain(low)} or more.", code="min_value")
    if high is not None and number > high:
        raise ValueRefused(f"Give {plain(high)} or less.", code="max_value")


def bounds_text(low: Decimal | None, high: Decimal | None) -> str:
    """The bounds in words: “0 to 10”."""
    if low is not None and high is not None:
        return f"{plain(low)} to {plain(high)}"
    if low is not None:
        return f"{plain(low)} or more"
    return f"{plain(high)} or less" if high is not None else ""


def number_between(low: Decimal | None, high: Decimal | None, *, step: Decimal | None) -> float:
    """A number for documentation: between the bounds, on a step if there are steps."""
    if low is not None and high is not None:
        if not step:
            return float((low + high) / 2)
        return float(low + int((high - low) / step * Decimal("0.8")) * step)
    return float(low if low is not None else high if high is not None else step or 1)
