"""The split that a folder's or a file's name says, and its column. Names of pictures say none.

Source: huggingface/datasets, "Structure your repository".
"""

from __future__ import annotations

import re
from pathlib import Path

from annotator.imports.formats.records import Column, Role

SPLIT = "split"  # the column's name
WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
SPLITS = {word: split for split, words in WORDS.items() for word in words}
BETWEEN = re.compile(r"[-._ \d]+")


def split_word(name: str) -> str:
    """The word of SPLITS that is a part of the name of its own; empty without one."""
    return next((part for part in BETWEEN.split(name.lower()) if part in SPLITS), "")


def split_in(name: str) -> str:
    """train, validation or test, by the name's `split_word`; empty without one."""
    return SPLITS.get(split_word(name), "")


def split_of_folders(path: Path, root: Path) -> str:
    """The split that a folder between `root` and the file says; the nearest to the root first."""
    folders = path.relative_to(root).parts[:-1]
    return next((split for name in folders if (split := split_in(name))), "")


def with_split(columns: list[Column]) -> list[Column]:
    """The columns and one for the split, unless there is one of this name."""
    if any(column.name == SPLIT for column in columns):
        return columns
    return [*columns, Column(name=SPLIT, role=Role.SPLIT)]
