"""One form for every text: NFC, lines ended by LF, no characters that stores can't hold."""

import re
import unicodedata

from annotator.variables.errors import ValueRefused

# Code points. A page of dense text has about 3,000; beyond this it is a pasted file.
MAX_TEXT_LENGTH = 100_000

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The canonical text; empty when there is only white space. Raises ValueRefused."""
    bad = UNSTORABLE.search(text)
    if bad:
        where = f"character {bad.start() + 1}"
        raise ValueRefused(
            f"Remove {where} (U+{ord(bad[0]):04X}): it can't be stored.", code="characters"
        )
    if len(text) > 4 * MAX_TEXT_LENGTH:  # before NFC, which is slow for long texts
        raise ValueRefused(f"Shorten to {MAX_TEXT_LENGTH:,} characters.", code="size")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueRefused(
            f"Shorten to {MAX_TEXT_LENGTH:,} characters; it has {len(text):,}.", code="size"
        )
    return text if text.strip() else ""


def count(number: int, singular: str, plural: str | None = None) -> str:
    """1 character, 2 characters."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def sentence(text: str) -> str:
    """With a capital letter at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]
