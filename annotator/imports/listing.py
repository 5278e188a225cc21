"""Lists the files of a folder on the server, linked folders included, each once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ListedFile:
    """One file below a folder; `problem` says why it cannot be read, empty when it can."""

    path: Path
    problem: str = ""


def files_below(folder: Path) -> Iterator[ListedFile]:
    """All files, folder by folder. A link is followed after all real folders; no folder is listed twice."""
    listed: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        start = waiting.pop(0)
        if start != folder and (problem := _problem_with(start, folder, listed)):
            yield ListedFile(start, problem)
            continue
        links: list[Path] = []
        yield from _walk(start, listed, links)
        waiting += sorted(links)


def _walk(start: Path, listed: set[tuple[int, int]], links: list[Path]) -> Iterator[ListedFile]:
    """The files below `start` without following links to folders, which join `links`."""
    failures: list[OSError] = []
    for above, folders, names in os.walk(start, onerror=failures.append):
        folders.sort()
        listed.add(_identity(Path(above)))
        links += [link for name in folders if (link := Path(above, name)).is_symlink()]
        yield from (_file(Path(above, name)) for name in sorted(names))
    for failure in failures:
        problem = f"This folder could not be read: {failure.strerror}. Change its permissions."
        yield ListedFile(Path(failure.filename), problem)


def _file(path: Path) -> ListedFile:
    try:
        if path.is_file():
            return ListedFile(path)
        is_link = path.is_symlink()
    except OSError as error:
        return ListedFile(path, f"The file could not be read: {error.strerror}.")
    broken = "It is a link to a file that does not exist. Copy the file itself here."
    return ListedFile(path, broken if is_link else "It is no regular file.")


def _problem_with(link: Path, folder: Path, listed: set[tuple[int, int]]) -> str:
    """Why a linked folder is not followed; empty when it is."""
    try:
        target = link.resolve(strict=True)
        if _identity(target) in listed:
            return "It is a link to a folder that is imported already."
    except (OSError, RuntimeError):
        return "It is a link to a folder that cannot be read. Copy the folder itself here."
    if target in folder.parents:
        return "It is a link to a folder above the imported one. Import that folder instead."
    return ""


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
