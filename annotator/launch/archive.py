"""A backup's file: a tar with the database, the kept files, and a manifest with a checksum of each."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from annotator.bootstrap import CannotStart

FORMAT = 1
MANIFEST = "manifest.json"  # the last member: only then all checksums are known
DATABASE = "database"
FILES = "files/"
CHUNK_BYTES = 1 << 20
# What a start makes anew, or what belongs to running processes.
LEFT_OUT = {"static", "redis", "redis.sock", "jobs", "exports", "beat", "up.lock", "last_backup"}


class DamagedBackup(CannotStart):
    """The file is no backup of ours, or not what was written."""


class HashingReader:
    """Reads just `size` bytes of a file, which may grow meanwhile, and reckons their SHA-256."""

    def __init__(self, file: IO[bytes], size: int):
        self._file = file
        self._left = size
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises DamagedBackup where the file became shorter."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        if len(data) < wanted:
            raise DamagedBackup("A file became shorter while it was read; run the backup again.")
        self._left -= len(data)
        self._digest.update(data)
        return data

    @property
    def sha256(self) -> str:
        """Of what was read so far."""
        return self._digest.hexdigest()


def write_archive(
    target: IO[bytes], *, database: Path, kind: str, folder: Path, bucket: str = ""
) -> dict[str, Any]:
    """Write the archive; gives its manifest. `kind` is the database's: sqlite or postgresql.

    `bucket` names where further files are, which are not in the archive.
    """
    members: dict[str, str] = {}
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        members[DATABASE] = _add(tar, database, DATABASE)
        for path in kept_files(folder):
            name = f"{FILES}{path.relative_to(folder)}"
            try:
                members[name] = _add(tar, path, name)
            except FileNotFoundError:
                continue  # deleted since it was listed, so the database does not name it either
        manifest = {
            "format": FORMAT,
            "database": kind,
            "bucket": bucket,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": members,
        }
        text = json.dumps(manifest, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(text), 0o600
        tar.addfile(info, io.BytesIO(text))
    return manifest


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = about.st_size, int(about.st_mtime), 0o600
        reader = HashingReader(file, about.st_size)
        tar.addfile(info, reader)
    return reader.sha256


def kept_files(folder: Path) -> Iterator[Path]:
    """The files of the data folder that a backup needs, the database's own left out."""
    for entry in sorted(folder.iterdir()):
        if entry.name in LEFT_OUT or ".sqlite3" in entry.name or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from sorted(
                path for path in entry.rglob("*") if path.is_file() and not path.is_symlink()
            )
        elif entry.is_file():
            yield entry


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a backup. Raises DamagedBackup."""
    try:
        with tarfile.open(path) as tar:
            file = tar.extractfile(MANIFEST)
            manifest = json.loads(file.read()) if file else {}
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise DamagedBackup(f"{path} is not a whole backup of Annotator.") from error
    if manifest.get("format") != FORMAT:
        raise DamagedBackup(f"{path} was written by another version of Annotator; use that one.")
    return dict(manifest)


def unpack(path: Path, manifest: dict[str, Any], into: Path | None) -> None:
    """Check every member against its checksum and write it below `into` (None: only check).

    Raises DamagedBackup for a member that is missing, unknown, elsewhere or different.
    """
    expected = dict(manifest["sha256"])
    with tarfile.open(path) as tar:
        for info in tar:
            if info.name == MANIFEST:
                continue
            file = tar.extractfile(info) if info.isreg() else None
            digest = expected.pop(info.name, None)
            if file is None or digest is None or not _is_below(info.name):
                raise DamagedBackup(f"{path}: {info.name!r} does not belong into a backup.")
            if _copy(file, into / info.name if into else None) != digest:
                raise DamagedBackup(f"{path} is damaged: {info.name} is not what was saved.")
    if expected:
        raise DamagedBackup(f"{path} is damaged: {next(iter(expected))} is missing.")


def _is_below(name: str) -> bool:
    return not name.startswith("/") and ".." not in Path(name).parts


def _copy(source: IO[bytes], target: Path | None) -> str:
    digest = hashlib.sha256()
    if target:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") if target else io.BytesIO() as copy:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            if target:
                copy.write(chunk)
    return digest.hexdigest()
