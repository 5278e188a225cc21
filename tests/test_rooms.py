"""The rooms and their order: a room imports only rooms above it."""

import ast
import re
from pathlib import Path

import pytest

ROOMS = [
    "errors",
    "compiled",
    "json_rows",
    "child",
    "heartbeats",
    "garbage",
    "ui",
    "htmx",
    "storage",
    "downloads",
    "paging",
    "queueing",
    "leases",
    "names",
    "ids",
    "kept",
    "counting",
    "variables",
    "agreement",
    "remote",
    "accounts",
    "notifications",
    "connections",
    "images",
    "datasets",
    "guidelines",
    "snapshots",
    "suggestions",
    "push",
    "training",
    "predictions",
    "mirror",
    "annotation",
    "assignments",
    "comments",
    "history",
    "imports",
    "review",
    "disagreements",
    "figures",
    "gold",
    "exports",
    "api",
    "home",
    "demo",
]
WIRING = {"apps", "beat", "server", "settings", "urls", "celery", "wsgi", "bootstrap", "launch"}
WIRING |= {"management", "sqlite"}
PACKAGE = Path(__file__).parent.parent / "annotator"
MAX_FUNCTION_LINES = 40


def imported_rooms(path):
    """The names of the rooms that a file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "annotator":
            names = [f"annotator.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path}: relative import")
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "annotator" and len(parts) > 1:
                yield parts[1]


def places():
    return sorted(
        {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    )


def test_every_folder_and_file_is_a_known_room_or_wiring():
    assert set(places()) - {"__init__"} <= set(ROOMS) | WIRING


def test_the_architecture_names_the_rooms_in_their_order_and_the_wiring():
    table = (PACKAGE.parent / "docs" / "architecture.md").read_text().split("\n\nA room imports")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    named = re.findall(r"`(\w+)(?:\.py|/)`", " ".join(cells))

    assert [name for name in named if name not in WIRING] == ROOMS
    assert set(named) == set(ROOMS) | WIRING


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_above_it(room):
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    files = (
        [PACKAGE / f"{room}.py"]
        if (PACKAGE / f"{room}.py").exists()
        else (PACKAGE / room).rglob("*.py")
    )

    wrong = {
        (str(path.relative_to(PACKAGE)), other)
        for path in files
        for other in imported_rooms(path)
        if other not in allowed
    }

    assert not wrong


def imported_files(path, files):
    """The files of the package that a file imports anywhere; `if TYPE_CHECKING` counts too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in files else node.module for name in inner]
        else:
            continue
        yield from (name for name in names if name in files and files[name] != path)


def test_no_file_imports_itself_by_a_detour():
    paths = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
    files = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in paths
    }
    left = {name: set(imported_files(path, files)) for name, path in files.items()}

    while ready := [name for name, needed in left.items() if not needed & set(left)]:
        for name in ready:
            del left[name]

    assert left == {}


def test_no_function_is_too_long():
    long = {
        f"{path.relative_to(PACKAGE.parent)}:{node.name}"
        for folder in (PACKAGE, Path(__file__).parent)
        for path in folder.rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    }

    assert long == set()
