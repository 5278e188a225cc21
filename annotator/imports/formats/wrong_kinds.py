"""Files that people send in place of a table, told by how they begin, and what to do about each."""

from __future__ import annotations

from pathlib import Path

WEB_PAGES = (b"<!doctype html", b"<html")  # in either case
BEGINNINGS = {
    b"\xd0\xcf\x11\xe0": "It is an old Excel file, or one with a password: save it as .xlsx without one.",
    b"\x1f\x8b": "It is packed: unpack it first.",
    b"BZh": "It is packed: unpack it first.",
    b"\xfd7zXZ": "It is packed: unpack it first.",
    b"7z\xbc\xaf": "It is packed: unpack it first, or send a zip.",
    b"Rar!": "It is packed: unpack it first, or send a zip.",
    b"%PDF-": "It is a PDF: export the table that it was made of.",
    b"SQLite format 3\0": "It is a database: export its table as CSV.",
    **dict.fromkeys(
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"),
        "It is a picture: send it with a table that names it, or under Import pictures.",
    ),
}
SPREADSHEETS = {".ods", ".xls", ".xlsb", ".numbers"}


def wrong_kind(path: Path) -> str:
    """What to do about a file that is no table; empty where its beginning and its name say nothing."""
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.lower().startswith(WEB_PAGES):
        return "It is a web page, perhaps one that asks to sign in: download the file itself."
    told = next((advice for begin, advice in BEGINNINGS.items() if start.startswith(begin)), "")
    if not told and path.suffix.lower() in SPREADSHEETS:
        return "Save it as .xlsx or .csv."
    return told
