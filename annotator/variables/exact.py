"""Exact arithmetic on numbers as they are written: 1.7 means 1.7, not its nearest double."""

import math
import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

# Neither Python nor the browser has doubles beyond; keeps 1e999999999 from filling the memory.
LARGEST_EXPONENT = 308
# A database's bigint, and every integer that other programs read without loss of its sign.
LARGEST_INTEGER = 2**63 - 1
# Neighbouring doubles that a short sum may be off by: 0.1 + 0.2 is off by one.
NOISE_ULPS = 16

NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")

# The minus of typography and the decimal separator of Arabic; marks that only turn the direction of text.
SIGNS = {0x2212: "-", 0x066B: ".", 0x200E: None, 0x200F: None, 0x061C: None}
# Forms that differ in width alone. NFKC of a whole text would also read 10² as 102.
WIDTHS = ("<wide>", "<narrow>", "<small>")


def decimal_of(value: object) -> Decimal:
    """The number as written. Raises ValueError for anything else, booleans and NaN included."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    if isinstance(value, int) and value.bit_length() > 1024:
        raise ValueError("number too large")
    number = decimal_of_text(value) if isinstance(value, str) else Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT + 20:
        raise ValueError("number too large")
    if (number and number.adjusted() > LARGEST_EXPONENT) or len(number.as_tuple().digits) > 400:
        raise ValueError("number too large")
    return number


def decimal_of_text(text: str) -> Decimal:
    """Reads 8.5, 8,5 (decimal comma), -3 and 1e-7; raises ValueError for everything else.

    Digits of any script and full-width signs count as their ASCII forms. 1,000 is refused: one reader
    means one, the other a thousand.
    """
    if not text.isascii():
        text = "".join(map(_ascii_sign, text.translate(SIGNS)))
    text = text.strip()
    if not NUMBER.fullmatch(text) or THOUSANDS.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text.replace(",", "."))


def _ascii_sign(character: str) -> str:
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    if unicodedata.decomposition(character).startswith(WIDTHS):
        return unicodedata.normalize("NFKC", character)
    return character


def nearest_on_grid(number: Decimal, *, base: Decimal, step: Decimal) -> Fraction:
    """The point base + n × step that lies nearest; halves go away from the base."""
    steps = (Fraction(number) - Fraction(base)) / Fraction(step)
    whole = math.floor(abs(steps) + Fraction(1, 2))
    return Fraction(base) + Fraction(step) * (whole if steps >= 0 else -whole)


def is_noise(number: Decimal, point: Fraction) -> bool:
    """Whether the number differs from the point only by what double arithmetic leaves behind."""
    return abs(Fraction(number) - point) <= NOISE_ULPS * Fraction(math.ulp(float(number)))


def float_of(number: Fraction | Decimal) -> float:
    """The nearest double; zero is never negative."""
    return float(number) or 0.0


def plain(number: Decimal | Fraction) -> str:
    """For messages: 10 rather than 10.0 or 1E+1."""
    value = float(number)
    if value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return repr(value)
