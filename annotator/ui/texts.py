"""Which texts every database can store."""

from __future__ import annotations

UNSTORABLE = (
    "What was sent holds a character that cannot be stored: U+0000 or half of a surrogate pair. "
    "Remove it and send the rest again."
)


def is_storable(text: object) -> bool:
    """Whether it is free of NUL and of lone surrogates; what is no text is."""
    if not isinstance(text, str):
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
