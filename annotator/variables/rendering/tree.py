"""Trees of dicts, lists and leaves: where tokens landed, and what stands there instead."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from annotator.variables.json_text import same
from annotator.variables.rendering.format import Tokens
from annotator.variables.spec import MISSING

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Landing:
    """A leaf that holds values: literal texts and numbers of places, in turn."""

    path: Path
    pattern: tuple[str | int, ...]

    @cached_property
    def whole(self) -> bool:
        """Whether the leaf is one place and nothing else."""
        return len(self.pattern) == 1

    @cached_property
    def numbers(self) -> list[int]:
        """The places in the leaf."""
        return [part for part in self.pattern if isinstance(part, int)]


class TokenInKey(ValueError):
    """A place landed in a key; `number` is the place's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def find_landings(tree: Any, tokens: Tokens) -> list[Landing]:
    """Every leaf that holds a token. Raises TokenInKey."""
    pattern = re.compile(re.escape(tokens.prefix) + "([0-9]+)z")
    result = []
    for path, leaf in leaves(tree):
        for key in path:
            inside = pattern.search(str(key))
            if inside:
                raise TokenInKey(int(inside[1]))
        if isinstance(leaf, str) and pattern.search(leaf):
            parts = pattern.split(leaf)  # text, number, text, number, text
            turns = [int(part) if n % 2 else part for n, part in enumerate(parts)]
            result.append(Landing(path, tuple(part for part in turns if part != "")))
    return result


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each leaf with its path; empty lists and dicts are leaves."""
    if isinstance(tree, dict) and tree:
        for key, item in tree.items():
            yield from leaves(item, (*path, key))
    elif isinstance(tree, list) and tree:
        for number, item in enumerate(tree):
            yield from leaves(item, (*path, number))
    else:
        yield path, tree


def with_landings(tree: Any, landings: dict[Path, Landing], path: Path = ()) -> Any:
    """A copy of the tree with the landings themselves where they are: what `agrees` compares."""
    if path in landings:
        return landings[path]
    if isinstance(tree, dict):
        return {key: with_landings(item, landings, (*path, key)) for key, item in tree.items()}
    if isinstance(tree, list):
        return [with_landings(item, landings, (*path, n)) for n, item in enumerate(tree)]
    return tree


def agrees(tree: Any, shape: Any, expected: Callable[[Landing], Any]) -> bool:
    """Whether the tree is `with_landings` with what is expected at each of them."""
    if type(shape) is Landing:
        return same(tree, expected(shape))
    if type(tree) is not type(shape):
        return False
    if isinstance(shape, dict):
        return tree.keys() == shape.keys() and all(
            agrees(tree[key], part, expected) for key, part in shape.items()
        )
    if isinstance(shape, list):
        return len(tree) == len(shape) and all(
            agrees(item, part, expected) for item, part in zip(tree, shape, strict=True)
        )
    return bool(tree == shape)


def leaf_at(tree: Any, path: Path) -> Any:
    """What stands at the path, or MISSING. Keys may differ in case and outer blanks."""
    for key in path:
        if isinstance(tree, dict):
            if key not in tree:
                key = next((other for other in tree if _folded(other) == _folded(key)), key)
            tree = tree.get(key, MISSING)
        elif isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        else:
            return MISSING
    return tree


def _folded(key: Any) -> str:
    return str(key).strip().casefold()
