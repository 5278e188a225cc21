"""Finds the pictures that rows name among the files that came with them.

Nothing is opened by the name in a row: names are compared with those of the files below one folder.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from annotator.errors import BadInput
from annotator.imports.formats.records import ImageReference
from annotator.imports.grouping import is_passed_over
from annotator.imports.listing import files_below
from annotator.names import folded

UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-")  # that Label Studio puts before a file's name
ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def names_of(reference: ImageReference) -> Iterator[str]:
    """The names under which the picture may be known, the most telling first: paths, then file names."""
    for path in (reference.path, *reference.also):
        if not path:
            continue
        text = unquote(urlsplit(path).path) if ADDRESS.match(path) else path
        clean = unicodedata.normalize("NFC", text.replace("\\", "/")).strip("/")
        yield clean.removeprefix("./")


def file_name(path: str) -> str:
    """Its last part."""
    return path.rpartition("/")[2]


class Files:
    """The files below a folder by their paths and names.

    `inside` is the folder in it that rows' paths start from. Without `lists_all` a file is only looked for at
    its path; else all are listed when one is not there.
    """

    def __init__(self, root: Path | None, *, inside: str = "", lists_all: bool = True) -> None:
        self.root = root
        self.inside = inside
        self.lists_all = lists_all
        self._by_path: dict[str, Path] | None = None
        self._by_name: dict[str, list[str]] = defaultdict(list)

    def find(self, reference: ImageReference) -> Path | None:
        """The file: by its path, by its path without leading folders, by its name alone, where that is
        unique; None when there is none. Raises BadInput when several could be meant.
        """
        if self.root is None:
            return None
        names = [name for name in names_of(reference) if ".." not in name.split("/")]
        for name in names:
            path = self.root / self.inside / name
            with suppress(OSError):  # a name that no file may have, such as one of 256 bytes
                if path.is_file():
                    return path
        for name in names if self.lists_all else ():
            paths = self._paths()
            if name in paths:
                return paths[name]
            candidates = self._alike(name)
            if len(candidates) == 1:
                return paths[candidates[0]]
            if candidates:
                raise BadInput(
                    f"{len(candidates)} files are called “{file_name(name)}”: write the path with its folder."
                )
        return None

    def _alike(self, name: str) -> list[str]:
        """The paths of files of this name; those that end alike where there are several."""
        own = file_name(name)
        candidates = self._by_name.get(folded(own), [])
        if not candidates and UPLOAD_PREFIX.match(own):
            candidates = self._by_name.get(folded(UPLOAD_PREFIX.sub("", own)), [])
        if len(candidates) < 2:
            return candidates
        return narrowed(name, candidates)

    def _paths(self) -> dict[str, Path]:
        if self._by_path is None:
            self._by_path = {}
            assert self.root is not None
            for listed in files_below(self.root):
                path = listed.path.relative_to(self.root).as_posix()
                if listed.problem or is_passed_over(path):
                    continue
                path = unicodedata.normalize("NFC", path)
                self._by_path[path] = listed.path
                self._by_name[folded(file_name(path))].append(path)
        return self._by_path


def narrowed(name: str, paths: Iterable[str]) -> list[str]:
    """Of paths that end in the same file name, those that share most folders with `name`, from the end."""
    wanted = folded(name).split("/")[::-1]
    by_shared = defaultdict(list)
    for path in paths:
        parts = folded(path).split("/")[::-1]
        shared = 0
        for one, other in zip(wanted, parts, strict=False):
            if one != other:
                break
            shared += 1
        by_shared[shared].append(path)
    best = by_shared[max(by_shared)]
    same = [path for path in best if file_name(path) == file_name(name)]
    return same if len(same) == 1 else best


def bytes_of(reference: ImageReference, path: Path | None) -> bytes | None:
    """The picture's bytes, one more than the limit at most; None where the row only names it."""
    limit = settings.IMAGE_MAX_BYTES + 1
    if reference.data is not None:
        return reference.data[:limit]
    if path is None:
        return None
    with path.open("rb") as file:
        return file.read(limit)


def required_bytes(reference: ImageReference, path: Path | None) -> bytes:
    """The same of a picture that is here. Raises BadInput for one that can't be read."""
    try:
        data = bytes_of(reference, path)
    except OSError as error:
        raise BadInput(f"the file could not be read: {error.strerror}") from error
    assert data is not None
    return data


def digest_of(data: bytes) -> str:
    """As `Image.source_sha256`."""
    return hashlib.sha256(data).hexdigest()
