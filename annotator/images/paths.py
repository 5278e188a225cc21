"""Where image files lie on disk, named by their content.

    originals/ab/cd/<sha256>.jpg     what was sent, re-encoded
    thumbs/ab/cd/<sha256>.webp       512 px, made when the picture is stored
    minis/ab/cd/<sha256>.webp        256 px, made from the thumbnail when first asked for
    previews/ab/cd/<sha256>.webp     1,600 px, made when first asked for
    crops/ab/cd/<sha256>-<box>.webp  one detection object, 512 px
    incoming/00/00/<random>.tmp      what the child process wrote, until it is moved to the originals

The sha256 is always that of the original, so one name tells whether a file is still needed. No name that
a person or a remote gave ever reaches the file system.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings

from annotator.images.writing import rename, write_new

FOLDERS = ("originals", "thumbs", "minis", "previews", "crops", "incoming")
TEMPORARY = ".tmp"


def file_path(folder: str, sha256: str, suffix: str) -> Path:
    """The path of a file in one of FOLDERS; `suffix` is ours (".jpg", "-0-0-9-9.webp")."""
    return Path(settings.MEDIA_ROOT, folder, sha256[:2], sha256[2:4], f"{sha256}{suffix}")


def incoming_path() -> Path:
    """The path of a new file that is to become an original; its folder exists, the file does not."""
    path = file_path("incoming", f"0000{secrets.token_hex(16)}", TEMPORARY)
    private_folder(path.parent)
    return path


def private_folder(path: Path) -> Path:
    """Create the folder and its missing parents, readable by the owner alone."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write(path: Path, data: bytes) -> None:
    """Write the file atomically, and flushed to the disk when this returns."""
    private_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}{TEMPORARY}")
    try:
        write_new(temporary, data)
        rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def move(written: Path, path: Path) -> None:
    """Make of a file in incoming, which is flushed, the one of this name."""
    private_folder(path.parent)
    rename(written, path)
