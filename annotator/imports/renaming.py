"""Names from zips that do not say their encoding: what was guessed, and reading them in another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.datasets.actions import rename_samples
from annotator.errors import BadInput, WrongState
from annotator.images.actions import clean_file_name, clean_path
from annotator.images.models import Image
from annotator.imports import encodings
from annotator.imports.grouping import checked_path, groups_of, unused_path
from annotator.imports.models import ImageImport, ImportedFile
from annotator.names import folded

EXAMPLES = 3
SHOWN = 40  # characters of a name in a choice


@dataclass(frozen=True)
class Guess:
    """The encoding in which an import's names were read, as its page asks about it."""

    encoding: str
    label: str
    examples: list[str]
    choices: list[tuple[str, str]]
    """(encoding, its label with the first name read in it), without those it does not decode in."""


def guess_of(image_import: ImageImport) -> Guess | None:
    """What was guessed; None when no name had to be."""
    rows = list(image_import.files.exclude(encoding="")[:EXAMPLES])
    if not rows:
        return None
    readings = [(key, label, _decoded(rows[0], key)) for key, label in encodings.LABELS.items()]
    return Guess(
        encoding=rows[0].encoding,
        label=encodings.LABELS[rows[0].encoding],
        examples=[_decoded(row, row.encoding) for row in rows],
        choices=[
            (key, f"{label}: {name[-SHOWN:]}")
            for key, label, name in readings
            if "\ufffd" not in name
        ],
    )


@transaction.atomic
def read_names_as(image_import: ImageImport, *, encoding: str, by: User | None) -> int:
    """Read the guessed names in this encoding; how many files it renamed.

    Samples and images that still have the names of the import get the new ones. Which pictures make one
    sample stays. Raises WrongState while the import is read, BadInput for an encoding not in the list.
    """
    if image_import.is_open:
        raise WrongState("The pictures are still being read. Change their names afterwards.")
    files = list(image_import.files.select_related("sample", "image"))
    rows = [file for file in files if file.encoding]
    names_before = _sample_names(image_import, files)
    used = {file.path for file in files if not file.encoding}
    before = {row.pk: row.path for row in rows}
    for row in rows:
        row.path = unused_path(_path_as(row, encoding), used)
        row.encoding = encoding
        used.add(row.path)
    _save(rows)
    names = _sample_names(image_import, files)
    given = defaultdict(set)  # the names that the import gave, by sample
    for row in rows:
        given[row.sample_id].add(names_before[row.pk])
    new = {row.sample: names[row.pk] for row in rows if row.sample}
    rename_samples({each: name for each, name in new.items() if each.name in given[each.pk]})
    _rename_images(rows, before)
    workspace = image_import.dataset.workspace
    audit.record(
        "import.rename", workspace=workspace, by=by, target=image_import, encoding=encoding
    )
    return len(rows)


def _rename_images(rows: list[ImportedFile], before: dict[int, str]) -> None:
    """Name images after their files, unless their name is another than the file's path before gave."""
    images = {}
    for row in rows:
        if row.image and row.image.name == clean_file_name(before[row.pk]):
            row.image.name = clean_file_name(row.path)
            row.image.name_folded = folded(row.image.name)
            row.image.path = clean_path(row.path)
            images[row.image.pk] = row.image
    Image.objects.bulk_update(images.values(), ["name", "name_folded", "path"], batch_size=500)


def _save(rows: list[ImportedFile]) -> None:
    """Two may swap their paths, which are unique: all get a temporary one first."""
    paths = [row.path for row in rows]
    for row in rows:
        row.path = str(row.pk)
    ImportedFile.objects.bulk_update(rows, ["path", "encoding"], batch_size=500)
    for row, path in zip(rows, paths, strict=True):
        row.path = path
    ImportedFile.objects.bulk_update(rows, ["path"], batch_size=500)


def _sample_names(image_import: ImageImport, files: list[ImportedFile]) -> dict[int, str]:
    """The name of the sample that each file makes by its path, by the file's id."""
    by_path = {file.path: file.pk for file in files}
    groups = groups_of(by_path, image_import.grouping)
    return {by_path[path]: group.name for group in groups for path in group.paths}


def _decoded(row: ImportedFile, encoding: str) -> str:
    return encodings.decode(row.entry.encode("cp437"), encoding)


def _path_as(row: ImportedFile, encoding: str) -> str:
    name = _decoded(row, encoding)
    try:
        path = checked_path(name)
    except BadInput:
        path = checked_path(name.replace("..", "__").replace(":", "_").lstrip("/\\") or "_")
    return f"{row.archive}/{path}"[: ImportedFile.PATH_LENGTH]
