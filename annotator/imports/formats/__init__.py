"""Readers of files that hold answers: one file per format. The most telling format comes first."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from annotator.errors import BadInput
from annotator.imports.formats.argilla import Argilla
from annotator.imports.formats.chat import Chat
from annotator.imports.formats.class_folders import ClassFolders
from annotator.imports.formats.coco import Coco, CocoResults
from annotator.imports.formats.cvat import Cvat
from annotator.imports.formats.delimited import DelimitedText
from annotator.imports.formats.doccano import Doccano
from annotator.imports.formats.image_folder import ImageFolder
from annotator.imports.formats.json_files import JsonLines, JsonTable
from annotator.imports.formats.label_studio import LabelStudio
from annotator.imports.formats.label_studio_min import LabelStudioMin
from annotator.imports.formats.own_exports import OwnTable, OwnValues, OwnWebDataset
from annotator.imports.formats.parquet import ParquetTable
from annotator.imports.formats.pictures import is_picture_path
from annotator.imports.formats.prodigy import Prodigy
from annotator.imports.formats.records import Reading, Source
from annotator.imports.formats.roboflow import Roboflow
from annotator.imports.formats.saved_to_disk import SavedToDisk
from annotator.imports.formats.wrong_kinds import wrong_kind
from annotator.imports.formats.xlsx import Workbook

SOURCES: dict[str, type[Source]] = {
    each.name: each
    for each in (
        Argilla,
        SavedToDisk,
        Cvat,
        Coco,
        CocoResults,
        LabelStudio,
        LabelStudioMin,
        Roboflow,
        Prodigy,
        Doccano,
        OwnTable,
        OwnValues,
        OwnWebDataset,
        Chat,
        ImageFolder,
        Workbook,
        ParquetTable,
        JsonLines,
        JsonTable,
        DelimitedText,
        ClassFolders,
    )
}

MAX_FILES = 2_000  # of a folder that are looked at
DEPTH = 4  # levels of folders that are looked at
NO_ANSWERS = {
    "manifest.json",
    "schema.json",
    "lines.schema.json",
    "provenance.jsonl",
}  # of our exports

__all__ = ["SOURCES", "open_source"]


def open_source(path: Path, *, format: str = "", reading: Reading | None = None) -> Source:
    """A reader of the file or folder, which recognises its format unless `format` names one.

    Of a folder that is no format itself, the only file or inner folder with answers is read, as in an
    unpacked zip. Raises BadInput when none or several fit, or the file can't be read.
    """
    if format and format not in SOURCES:
        raise BadInput(f"There is no format “{format}”. Choose one of: {', '.join(SOURCES)}.")
    if not path.exists():
        raise BadInput(f"{path.name} is not there.")
    if format and path.is_file():
        return SOURCES[format](path, reading=reading)
    allowed = [SOURCES[format]] if format else list(SOURCES.values())
    place, source = _answers_in(path, allowed)
    return source(place, reading=reading)


def _recognised(path: Path, allowed: list[type[Source]]) -> type[Source] | None:
    return next((each for each in allowed if each.recognises(path)), None)


def _answers_in(path: Path, allowed: list[type[Source]]) -> tuple[Path, type[Source]]:
    """The file or folder with answers, in or below `path`, and its format."""
    level = [path]
    last: list[tuple[Path, type[Source]]] = []
    for _ in range(DEPTH):
        fitting = [(each, source) for each in level if (source := _recognised(each, allowed))]
        # Class folders are what any folder of pictures may be: a file with answers below says more.
        telling = [(each, source) for each, source in fitting if source is not ClassFolders]
        if telling:
            return _only(path, telling)
        last = last or fitting
        level = [inner for each in level if each.is_dir() for inner in _inside(each)][:MAX_FILES]
    if last:
        return _only(path, last)
    if path.is_file() and (advice := wrong_kind(path)):
        raise BadInput(f"{path.name} is no table that can be read. {advice}")
    raise BadInput(
        f"{path.name} has no answers in a form that can be read. Give one of: "
        f"{', '.join(each.label for each in SOURCES.values())}."
    )


def _only(path: Path, fitting: list[tuple[Path, type[Source]]]) -> tuple[Path, type[Source]]:
    if len(fitting) > 1:
        names = ", ".join(each.relative_to(path).as_posix() for each, _ in fitting[:10])
        raise BadInput(f"{path.name} has several with answers: {names}. Give one of them.")
    return fitting[0]


def _inside(folder: Path) -> list[Path]:
    """What a folder holds, without hidden files and pictures."""
    others = (
        each
        for each in folder.iterdir()
        if each.name[0] not in ".@$"
        and each.name not in (*NO_ANSWERS, "__MACOSX")
        and not is_picture_path(each.name)
    )
    return sorted(islice(others, MAX_FILES))
