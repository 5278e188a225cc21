"""Pictures in folders that are named as their class: Hugging Face's imagefolder without metadata."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from annotator.imports.formats.bounds import row_problem
from annotator.imports.formats.pictures import is_picture_path
from annotator.imports.formats.records import Column, ImageReference, Record, Role, Source
from annotator.imports.formats.splits import SPLIT, split_of_folders, with_split

LOOKED_AT = 2_000  # pictures, to recognise the folder


class ClassFolders(Source):
    """Pictures in folders: the folder's name is the class. All lie equally deep."""

    name: ClassVar[str] = "class-folders"
    label: ClassVar[str] = "Folders named as the class"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether all pictures looked at lie equally deep, in folders of several names."""
        if not path.is_dir():
            return False
        places = [each.relative_to(path).parts for each in islice(pictures_below(path), LOOKED_AT)]
        return (
            len({part[-2] for part in places if len(part) > 1}) > 1
            and len(set(map(len, places))) == 1
        )

    def columns(self) -> list[Column]:
        """Picture, class, split."""
        return with_split(
            [Column(name="image", role=Role.IMAGES), Column(name="label", role=Role.VARIABLE)]
        )

    def records(self) -> Iterator[Record]:
        """One for each picture."""
        for number, path in enumerate(pictures_below(self.path), start=1):
            place = path.relative_to(self.path)
            cells: dict[str, Any] = {"image": [ImageReference(path=place.as_posix())]}
            cells["label"] = path.parent.name
            split = split_of_folders(path.parent, self.path)
            yield Record(
                number=number,
                cells=cells | ({SPLIT: split} if split else {}),
                problem=row_problem({"label": path.parent.name}),
            )


def pictures_below(path: Path) -> Iterator[Path]:
    """The pictures in a folder and below it, in order; nothing in hidden folders and those of systems."""
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if name[0] not in ".@$" and name != "__MACOSX")
        yield from (
            Path(folder) / name
            for name in sorted(names)
            if is_picture_path(name) and name[0] != "."
        )
