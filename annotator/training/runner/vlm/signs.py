"""Signs that a tokenizer takes for its own, and those of the tiny base. Needs no library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<end_of_utterance>"
AROUND, IMAGE, GLOBAL = "<fake_token_around_image>", "<image>", "<global-img>"
SIGNS = (PAD, START, END, AROUND, IMAGE, GLOBAL)
IMAGE_PX, PATCH_PX, SCALE = 64, 8, 2
IMAGE_TOKENS = (IMAGE_PX // PATCH_PX) ** 2 // SCALE**2
LENGTH = 4096  # tokens


def sign_in(texts: Iterable[str | None], signs: frozenset[str]) -> str:
    """The first of the signs that stands in one of the texts; empty for none."""
    pattern = _pattern(signs)
    if pattern is None:
        return ""
    matches = (pattern.search(text) for text in texts if text)
    return next((match[0] for match in matches if match), "")


@lru_cache(maxsize=16)
def _pattern(signs: frozenset[str]) -> re.Pattern[str] | None:
    """The longest first, so that a sign is named whole."""
    if not signs:
        return None
    return re.compile("|".join(map(re.escape, sorted(signs, key=len, reverse=True))))
