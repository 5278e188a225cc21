"""Trees of dicts, lists and leaves: where tokens landed, and what stands there instead."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotator.variables.rendering.format import Tokens
from annotator.variables.spec import MISSING

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Landing:
    """A leaf that holds values: literal texts and numbers of places, in turn."""

    path: Path
    pattern: tuple[str | int, ...]

    @property
    def whole(self) -> bool:
        """Whether the leaf is one place and nothing else."""
        return len(self.pattern) == 1

    @property
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


def replaced(tree: Any, landings: dict[Path, Landing], put: Callable[[Landing], Any]) -> Any:
    """A copy of the tree with what `put` gives at every landing."""

    def copy(node: Any, path: Path) -> Any:
        if path in landings:
            return put(landings[path])
        if isinstance(node, dict):
            return {key: copy(item, (*path, key)) for key, item in node.items()}
        if isinstance(node, list):
            return [copy(item, (*path, number)) for number, item in enumerate(node)]
        return node

    return copy(tree, ())


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
