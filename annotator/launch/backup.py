"""`manage.py backup FILE`: everything that must be kept, in one file, while the server runs.

The database first, in one consistent state, then the image files and models, which are named by their content
or their row and never overwritten, then the keys. What lies in a bucket is not in it. The file is read again
before it gets its name.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import django

from annotator.bootstrap import CannotStart, say
from annotator.launch.archive import read_manifest, unpack, write_archive
from annotator.launch.data_folder import data_path
from annotator.launch.postgres_tools import connection_of, run_tool


def main(arguments: Sequence[str]) -> int:
    """Write the backup; 0 when it is whole."""
    parser = argparse.ArgumentParser(prog="manage.py backup", description=__doc__)
    parser.add_argument("file", type=Path, help="the file to write; it must not exist yet")
    file = parser.parse_args(arguments).file.absolute()
    os.umask(0o077)
    if file.exists():
        raise CannotStart(f"{file} exists already: name a new file.")
    folder = data_path()
    if not folder.is_dir():
        raise CannotStart(f"There is no data folder {folder}; set DATA_DIR to the one to save.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as place:
            partial = Path(place) / file.name
            kind, database = dump_database(Path(place))
            with partial.open("xb") as target:
                write_archive(
                    target, database=database, kind=kind, folder=folder, bucket=bucket_in_use()
                )
                target.flush()
                os.fsync(target.fileno())
            manifest = read_manifest(partial)
            unpack(partial, manifest, None)
            partial.rename(file)
    except OSError as error:
        raise CannotStart(
            f"The backup could not be written to {file}: {error.strerror}."
        ) from error
    (folder / "last_backup").write_text(datetime.now(UTC).isoformat(timespec="seconds"))
    say(
        f"Saved the database and {len(manifest['sha256']) - 1:,} files in {file}, and checked them."
    )
    if manifest["bucket"]:
        say(f"Files in {manifest['bucket']} are not in it: back up that bucket, too.")
    return 0


def bucket_in_use() -> str:
    """The name of the bucket that holds pictures and exports, and where it is; empty without one."""
    from django.conf import settings

    if not settings.S3_BUCKET:
        return ""
    prefix = f" under {settings.S3_PREFIX}/" if settings.S3_PREFIX else ""
    return f"the bucket {settings.S3_BUCKET} of {settings.S3_ENDPOINT or 'Amazon'}{prefix}"


def dump_database(place: Path) -> tuple[str, Path]:
    """(kind, file): a copy of the database in one consistent state, checked where that can be done."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    django.setup()
    from django.db import connection

    target = place / "database"
    if connection.vendor == "postgresql":
        run_tool("pg_dump", ["--format=custom", "--file", str(target)], connection_of(connection))
        return "postgresql", target
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(target)])
    with sqlite3.connect(target) as copy:
        (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
    copy.close()
    if verdict != "ok":
        raise CannotStart(f"The database is damaged: {verdict}")
    return "sqlite", target
