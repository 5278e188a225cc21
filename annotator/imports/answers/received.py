"""Where the files of an import of answers wait: DATA_DIR/answers/<import>/, under the names they came with.

The names were checked and lead nowhere else; formats such as imagefolder are recognised by them.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from annotator.errors import BadInput
from annotator.imports import zips
from annotator.imports.grouping import checked_path
from annotator.imports.models import AnswerImport
from annotator.storage.writing import private_folder

TOO_LONG = "The server can't keep a file under this name. Give it a shorter one."


def folder_of(answer_import: AnswerImport) -> Path:
    """The folder of one import; it may not exist."""
    return Path(settings.DATA_DIR, "answers", str(answer_import.pk))


def write(
    answer_import: AnswerImport, path: str, chunks: Iterable[bytes], *, max_bytes: int
) -> None:
    """Keep one file. Raises BadInput for a name that is not allowed, and for more than `max_bytes`."""
    target = folder_of(answer_import) / checked_path(path)
    partial = target.with_name(f"{target.name}.part")
    size = 0
    try:
        private_folder(target.parent)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise BadInput(
                        f"{path} is larger than {max_bytes // 1_000_000:,} MB. Split it into parts."
                    )
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise BadInput(f"{path} has the name of a folder. Rename it.") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise BadInput(f"{path[:80]}: {TOO_LONG}") from None
        raise
    finally:
        partial.unlink(missing_ok=True)


def keep(answer_import: AnswerImport, path: Path) -> str:
    """Give a file that lies in the import's folder already the name that its server says; the name."""
    name = checked_path(answer_import.part.name).rpartition("/")[2]
    try:
        path.rename(path.with_name(name))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise BadInput(f"{name[:80]}: {TOO_LONG}") from None
        raise
    return name


def names(answer_import: AnswerImport) -> list[str]:
    """The paths of what has arrived."""
    folder = folder_of(answer_import)
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".part"
    )


def unpack(answer_import: AnswerImport) -> list[str]:
    """Replace each zip by its files; what could not be unpacked, in sentences."""
    notes = []
    folder = folder_of(answer_import)
    for archive in sorted(folder.rglob("*")):
        if not archive.is_file() or archive.suffix.lower() != ".zip":
            continue
        try:
            notes += _unpack_one(answer_import, archive, folder)
        except BadInput as refusal:
            notes.append(f"{archive.name}: {refusal}")
        archive.unlink()
    return notes


def _unpack_one(answer_import: AnswerImport, archive: Path, folder: Path) -> list[str]:
    """Next to the zip, so that a folder of one zip is that zip's folder."""
    inside = archive.parent.relative_to(folder).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    notes = []
    seen: set[str] = set()
    entries = zips.entries_of(archive)
    if not entries:
        notes.append(f"{archive.name} holds no files.")
    for entry in entries:
        if entry.is_passed_over:
            continue
        answer_import.renew()
        try:
            if entry.refusal:
                raise BadInput(entry.refusal)
            if entry.path in seen:
                raise BadInput("The zip holds two files of this name: the first one is used.")
            seen.add(entry.path)
            data = zips.read_entry(
                archive,
                number=entry.number,
                name=entry.name,
                max_bytes=settings.IMAGE_MAX_BYTES + 1,
            )
            write(answer_import, f"{prefix}{entry.path}", [data], max_bytes=len(data))
        except BadInput as refusal:
            notes.append(f"{entry.path}: {refusal}")
    return notes


def remove(answer_import: AnswerImport) -> None:
    """Delete what was received. A file that a command named is not touched."""
    shutil.rmtree(folder_of(answer_import), ignore_errors=True)


def folders() -> list[Path]:
    """The folders of all imports; each is named by its import's id."""
    return list(Path(settings.DATA_DIR, "answers").glob("*"))
