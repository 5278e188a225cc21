"""Where image files lie on disk, named by their content.

    originals/ab/cd/<sha256>.jpg     what was sent, re-encoded
    thumbs/ab/cd/<sha256>.webp       512 px, made when the picture is stored
    minis/ab/cd/<sha256>.webp        256 px, made from the thumbnail when first asked for
    mediums/ab/cd/<sha256>.webp      1,024 px, made when first asked for
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

from annotator.storage.writing import TEMPORARY, private_folder

FOLDERS = ("originals", "thumbs", "minis", "mediums", "previews", "crops", "incoming")


def file_path(folder: str, sha256: str, suffix: str) -> Path:
    """The path of a file in one of FOLDERS; `suffix` is ours (".jpg", "-0-0-9-9.webp")."""
    return Path(settings.MEDIA_ROOT, folder, sha256[:2], sha256[2:4], f"{sha256}{suffix}")


def incoming_path() -> Path:
    """The path of a new file that is to become an original; its folder exists, the file does not."""
    path = file_path("incoming", f"0000{secrets.token_hex(16)}", TEMPORARY)
    private_folder(path.parent)
    return path
