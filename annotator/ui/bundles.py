"""The style sheets and modules of a page as one file each: fewer requests, the sources stay as they are.

Built in Python when the static files are collected. A bundle holds each module once, as a function that gives
what it exports, those that others import first: the order in which a browser would run them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# The layers, first to last; tokens.css comes first because it fixes their order.
SHEETS = ("tokens", "base", "layout", "components", "forms", "charts", "label", "gallery")
EVERYWHERE = ("swap", "keys", "keys-help", "menu", "flash", "theme", "counter", "rows")
# What a kind of page runs beside EVERYWHERE, in this order.
PAGES: dict[str, tuple[str, ...]] = {
    "page": (),
    "label": (
        "viewer-tools",
        "field-drafts",
        "lease",
        "advance",
        "type-ahead",
        "suggested",
        "label-keys",
        "effort",
        "completions",
        "guidelines",
    ),
    "review": (
        "viewer-tools",
        "lease",
        "advance",
        "type-ahead",
        "review-keys",
        "review-choices",
        "guidelines",
    ),
    "sample": ("viewer-tools",),
    "list": ("selection",),
    "import": ("drop", "import-upload"),
    "copy": ("copy",),
    "task": ("unfold",),
}
SHEET = "bundles/all.css"
# The one form in which our modules import; tests/ui/test_sheets.py holds them to it.
IMPORT = re.compile(r'^import (\{[^;"]*?\}) from "\./([^"]+)\.js";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async function|function|const) (\w+))", re.M)
Read = Callable[[str], str]  # the text of a file by its name in static/


def modules_of(page: str) -> tuple[str, ...]:
    """The modules that a kind of page names itself."""
    return EVERYWHERE + PAGES[page]


def bundle_name(page: str) -> str:
    """The name of the bundle of a kind of page."""
    return f"bundles/{page}.js"


def bundles(read: Read) -> dict[str, str]:
    """Every bundle: its text by its name."""
    scripts = {bundle_name(page): bundle(modules_of(page), read) for page in PAGES}
    return scripts | {SHEET: joined_sheets(read)}


def joined_sheets(read: Read) -> str:
    """All style sheets in one, without comments."""
    text = "".join(read(f"css/{name}.css") for name in SHEETS)
    return re.sub(r"/\*.*?\*/|^\s+|\n\s*(?=\n)", "", text, flags=re.S | re.M)


def bundle(entries: Iterable[str], read: Read) -> str:
    """The modules and all that they import, each once. Raises ValueError for a circle of imports."""
    pieces: dict[str, str] = {}

    def add(name: str, importers: tuple[str, ...]) -> None:
        if name in importers:
            raise ValueError(f"{name}.js imports itself, by way of {', '.join(importers)}")
        if name in pieces:
            return
        text = read(f"js/{name}.js")
        for imported in IMPORT.finditer(text):
            add(imported[2], (*importers, name))
        pieces[name] = as_function(name, text)

    for entry in entries:
        add(entry, ())
    return "".join(pieces.values())


def as_function(name: str, text: str) -> str:
    """`const $name = (() => { … return { what it exports }; })();`."""
    exported = EXPORT.findall(text)
    body = IMPORT.sub(
        lambda each: f"const {each[1].replace(' as ', ': ')} = {variable(each[2])};\n", text
    )
    body = EXPORT.sub("", re.sub(r"^//.*\n", "", body, flags=re.M))
    return (
        f"const {variable(name)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"
    )


def variable(name: str) -> str:
    """What a module is called inside of a bundle."""
    return f"${name.replace('-', '_')}"
