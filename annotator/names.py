"""Names that people and their files give: the spelling to store, and the one that searches compare."""

from __future__ import annotations

import re
import unicodedata

# Controls, what turns the direction of writing around, and halves of characters, which no store holds.
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def safe_name(name: str) -> str:
    """The name in NFC; what must not be shown, such as controls and bidi overrides, becomes `_`."""
    return unicodedata.normalize("NFC", UNSAFE.sub("_", name))


def storable(text: str) -> str:
    """The text without what no database holds: U+0000 and halves of characters."""
    return re.sub(r"[\x00\ud800-\udfff]", "_", text)


def folded(name: str) -> str:
    """What searches and groups compare: NFKC without case and without invisible characters."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(
        letter
        for letter in text
        if unicodedata.category(letter) != "Cf" and ord(letter) not in VARIATION_SELECTORS
    )
