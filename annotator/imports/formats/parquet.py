"""Parquet: one file, or those of a repository of the Hugging Face Hub: data/train-00000-of-00002.parquet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from annotator.imports.formats.arrow import ArrowRows
from annotator.imports.formats.splits import split_in

SHARD = re.compile(r"[\w.-]+-\d{5}-of-\d{5}(-[0-9a-f]+)?\.parquet")


class ParquetTable(ArrowRows):
    """Parquet files, read by row groups. A folder's files have the split of their names."""

    name: ClassVar[str] = "parquet"
    label: ClassVar[str] = "Parquet"
    kind: ClassVar[str] = "Parquet"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By its first bytes; a folder by the names of its files."""
        if path.is_dir():
            return bool(shards(path))
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"

    def parts(self) -> list[tuple[str, Path]]:
        """The file, or all of the folder's with the split of their names."""
        if self.path.is_file():
            return [("", self.path)]
        return [(split_in(path.name), path) for path in shards(self.path)]


def shards(folder: Path) -> list[Path]:
    """The folder's Parquet files that are parts of a split, in it or in its data/."""
    files = [*folder.glob("*.parquet"), *(folder / "data").glob("*.parquet")]
    return sorted(file for file in files if SHARD.fullmatch(file.name))
