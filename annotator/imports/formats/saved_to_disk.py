"""Datasets that Hugging Face saved to disk: Arrow files with pictures inside, a folder for each split.

Source: huggingface/datasets, arrow_dataset.py, dataset_dict.py.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.arrow import ArrowRows
from annotator.imports.formats.bounds import small_json
from annotator.imports.formats.json_files import is_object, list_of
from annotator.imports.formats.splits import split_in


class SavedToDisk(ArrowRows):
    """A dataset or a dictionary of datasets. The files that its state names are read, and no others."""

    name: ClassVar[str] = "saved-to-disk"
    label: ClassVar[str] = "Hugging Face dataset (save_to_disk)"
    kind: ClassVar[str] = "Arrow"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By its state, or the dictionary of its splits."""
        if not path.is_dir():
            return False
        is_one = (path / "state.json").is_file() and (path / "dataset_info.json").is_file()
        return is_one or (path / "dataset_dict.json").is_file()

    @cached_property
    def _files(self) -> list[tuple[str, Path]]:
        """The split and path of each Arrow file. Raises BadInput where one isn't there."""
        files = []
        for split, folder in self._folders():
            state = small_json(folder / "state.json") if (folder / "state.json").is_file() else None
            if not isinstance(state, dict):
                raise BadInput(f"{folder.name}/state.json is missing: give the whole folder.")
            if state.get("_indices_data_files"):
                raise BadInput(
                    "It was saved with chosen rows only: save it after flatten_indices()."
                )
            for entry in filter(is_object, list_of(state, "_data_files")):
                file = folder / Path(str(entry.get("filename"))).name
                if not file.is_file():
                    raise BadInput(f"{folder.name}/{file.name} is missing: give the whole folder.")
                files.append((split_in(split) or split, file))
        if not files:
            raise BadInput(f"{self.path.name} names no Arrow files.")
        return files

    def parts(self) -> list[tuple[str, Path]]:
        """The files that its state names."""
        return self._files

    def _folders(self) -> list[tuple[str, Path]]:
        if not (self.path / "dataset_dict.json").is_file():
            return [("", self.path)]
        names = small_json(self.path / "dataset_dict.json")
        splits = list_of(names, "splits") if is_object(names) else []
        return [(Path(str(name)).name, self.path / Path(str(name)).name) for name in splits]
