"""The number that a JSON value, a person's text or foreign output says."""

from decimal import Decimal

from annotator.variables.errors import ValueRefused
from annotator.variables.exact import decimal_of, float_of
from annotator.variables.variable_type import noun_of

Number = Decimal | int | float


def number_of(value: object) -> Decimal:
    """The exact number of a JSON value. Raises ValueRefused for text, booleans and infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueRefused(f"Give a number, not {noun_of(value)}.", code="type")
    try:
        return decimal_of(value)
    except ValueError:
        raise ValueRefused("Give a finite number below 1e309.", code="type") from None


def number_of_text(text: str, hint: str) -> int | float | None:
    """What a person typed; None when blank. Raises ValueRefused with the hint."""
    if not text.strip():
        return None
    try:
        number = decimal_of(text)
    except ValueError:
        raise ValueRefused(hint, code="type") from None
    whole = number.adjusted() < 20 and number == number.to_integral_value()
    return int(number) if whole else float_of(number)


def loose_number(value: object) -> tuple[Number, str]:
    """A number out of foreign output, and what it took: “8,5 / 10” is no number, "8,5" is."""
    if not isinstance(value, str):
        return number_of(value), ""
    number = number_of_text(value, "Give a number.")
    if number is None:
        raise ValueRefused("Give a number.", code="type")
    return number, "decimal comma read" if "," in value else "text read as a number"
