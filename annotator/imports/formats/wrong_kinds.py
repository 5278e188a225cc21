"""Files that people send in place of a table, told by how they begin, and what to do about each."""

from __future__ import annotations

from pathlib import Path

BEGINNINGS = {
    b"<!doctype html": "It is a web page, perhaps one that asks to sign in: download the file itself.",
    b"<html": "It is a web page, perhaps one that asks to sign in: download the file itself.",
    b"\xd0\xcf\x11\xe0": "It is an old Excel file, or one with a password: save it as .xlsx without one.",
    b"\x1f\x8b": "It is packed: unpack it first.",
    b"bzh": "It is packed: unpack it first.",
    b"\xfd7zxz": "It is packed: unpack it first.",
    b"7z\xbc\xaf": "It is packed: unpack it first, or send a zip.",
    b"rar!": "It is packed: unpack it first, or send a zip.",
    b"%pdf": "It is a PDF: export the table that it was made of.",
    b"sqlite format 3": "It is a database: export its table as CSV.",
}
SPREADSHEETS = {".ods", ".xls", ".xlsb", ".numbers"}


def wrong_kind(path: Path) -> str:
    """What to do about a file that is no table; empty where its beginning and its name say nothing."""
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    told = next((advice for begin, advice in BEGINNINGS.items() if start.startswith(begin)), "")
    if not told and path.suffix.lower() in SPREADSHEETS:
        return "Save it as .xlsx or .csv."
    return told
