"""Which pictures make one sample, by their paths alone. The page's preview asks this code.

each     every picture is a sample
prefix   within one folder, names that are alike up to their last _, - or space: card7_front.jpg and
         Card7_back.jpg are "card7"; so is card7.jpg. Upper and lower case, NFC and NFD are alike
folder   all pictures of one folder; the first folder is the one that was dropped, so it is left out of
         the name when there is another

A sample has its group's name; its pictures, and the samples themselves, are in natural order: 2 before 10.
Of one sample's pictures a front comes before all others, a back after them, whatever the alphabet says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from annotator.datasets.models import Sample
from annotator.errors import BadInput
from annotator.imports.models import ImageImport, ImportedFile
from annotator.names import UNSAFE, folded, safe_name

Grouping = ImageImport.Grouping
FRONTS = {"front", "recto", "obverse"}
BACKS = {"back", "verso", "reverse"}
SYSTEM_NAMES = {
    "__macosx",
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "system volume information",
    "thumbs.db",
    "desktop.ini",
}


@dataclass(frozen=True)
class Group:
    """The pictures of one sample."""

    key: str
    name: str
    paths: list[str] = field(default_factory=list)


def checked_path(path: str) -> str:
    """The path with single forward slashes, for people and for grouping: it never opens a file.

    Controls and bidi overrides are replaced. Raises BadInput for a path with .., an absolute and a long one.
    """
    path = safe_name(path.replace("\\", "/"))
    parts = path.split("/")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        raise BadInput("The name is an absolute path. Rename the file.")
    if ".." in parts:
        raise BadInput("The name contains `..`. Rename the file.")
    clean = "/".join(part for part in parts if part not in {"", "."})
    if not clean.strip():
        raise BadInput("The file has no name. Rename the file.")
    if len(clean) > ImportedFile.PATH_LENGTH:
        raise BadInput(
            f"The name has more than {ImportedFile.PATH_LENGTH:,} characters. Rename the file."
        )
    return clean


def note_on(path: str) -> str:
    """What the report says of a name that `checked_path` had to change; else empty."""
    replaced = "Characters that cannot be shown were replaced by _ in the name."
    return replaced if UNSAFE.search(path) else ""


def shown_path(path: str) -> str:
    """Any name, made fit to be stored and shown in the report."""
    return safe_name(path)[: ImportedFile.PATH_LENGTH] or "(no name)"


def unused_path(path: str, used: Container[str]) -> str:
    """The path, or when another file has it, the same in a folder `2`, `3` and so on: both are kept."""
    folder, slash, name = path.rpartition("/")
    unused, number = path, 1
    while unused in used:
        number += 1
        unused = f"{folder}{slash}{number}/{name}"
    return unused[: ImportedFile.PATH_LENGTH]


def is_passed_over(path: str) -> bool:
    """Whether a file is hidden or the system's, or lies in such a folder: imports leave them out."""
    parts = path.replace("\\", "/").split("/")
    return any(
        part.lower() in SYSTEM_NAMES or (part.startswith(".") and part not in {".", ".."})
        for part in parts
    )


def natural_key(path: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts as people count: folder by folder, 2 before 10, upper and lower case alike."""
    pieces = re.split(r"([0-9]+)", path.replace("/", "\0").lower())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces if p], path


def group_of(path: str, grouping: str) -> tuple[str, str]:
    """(key, name) of the group that a checked path belongs to."""
    folder, _, file_name = path.rpartition("/")
    stem = file_name.rpartition(".")[0] or file_name
    if grouping == Grouping.FOLDER:
        name = folder.partition("/")[2] or folder or "Pictures"
        return folder, name[: Sample.NAME_LENGTH]
    if grouping == Grouping.PREFIX:
        prefix = re.sub(r"[_\- ][^_\- ]*$", "", stem) or stem
        return f"{folder}/{folded(prefix)}", prefix[: Sample.NAME_LENGTH]
    return path, stem[: Sample.NAME_LENGTH]


def groups_of(paths: Iterable[str], grouping: str) -> list[Group]:
    """All groups, and the paths within each, in natural order; fronts first, backs last."""
    groups: dict[str, Group] = {}
    for path in sorted(paths, key=natural_key):
        key, name = group_of(path, grouping)
        groups.setdefault(key, Group(key, name)).paths.append(path)
    for group in groups.values():
        group.paths.sort(key=side)
    return list(groups.values())


def side(path: str) -> int:
    """0 for a picture whose name ends in front, 2 for one that ends in back, 1 for all others."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    last = re.split(r"[_\- ]", stem.lower())[-1]
    return 0 if last in FRONTS else 2 if last in BACKS else 1


def keys_for_tests(groups: list[Group], percent: int) -> set[str]:
    """The keys of the groups that become test samples: the share that was chosen, at random.

    Chosen by hash, so that every worker chooses the same ones.
    """
    by_hash = sorted(groups, key=lambda group: hashlib.sha256(group.key.encode()).digest())
    return {group.key for group in by_hash[: count_for_tests(len(groups), percent)]}


def count_for_tests(groups: int, percent: int) -> int:
    """How many of so many groups become test samples. A half is rounded to the even number."""
    return round(groups * percent / 100)
