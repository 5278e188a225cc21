"""`manage.py restore FILE`: what a backup saved, into an empty data folder and database."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from annotator.bootstrap import CannotStart, say
from annotator.launch.archive import DATABASE, FILES, read_manifest, unpack
from annotator.launch.data_folder import data_path
from annotator.launch.postgres_tools import connection_of, run_tool

SQLITE_FILE = "annotator.sqlite3"


def main(arguments: Sequence[str]) -> int:
    """Check the whole backup, then put it in place; 0 when all is there. Nothing is ever overwritten."""
    parser = argparse.ArgumentParser(prog="manage.py restore", description=__doc__)
    parser.add_argument("file", type=Path, help="a file that `manage.py backup` wrote")
    file = parser.parse_args(arguments).file.absolute()
    os.umask(0o077)
    manifest = read_manifest(file)
    folder = data_path()
    check_empty(folder)
    uses_sqlite = not os.environ.get("DATABASE_URL", "").startswith("postgres")
    if uses_sqlite != (manifest["database"] == "sqlite"):
        raise CannotStart(
            f"This backup is of a {manifest['database']} database: DATABASE_URL must name one, too."
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as place:
            unpack(file, manifest, Path(place))
            if uses_sqlite:
                (Path(place) / DATABASE).rename(folder / SQLITE_FILE)
            else:
                restore_postgresql(Path(place) / DATABASE)
            files = Path(place) / FILES
            for entry in files.iterdir() if files.is_dir() else []:
                shutil.move(entry, folder / entry.name)
    except OSError as error:
        raise CannotStart(f"The backup could not be restored: {error}.") from error
    say(f"Restored the database and {len(manifest['sha256']) - 1:,} files into {folder}.")
    if bucket := manifest.get("bucket"):
        say(f"Further pictures are in {bucket}: set S3_BUCKET and what belongs to it as it was.")
    return 0


def check_empty(folder: Path) -> None:
    """CannotStart where something lies in the data folder."""
    if folder.exists() and any(folder.iterdir()):
        raise CannotStart(
            f"The data folder {folder} is not empty, and nothing is overwritten."
            " Name a new one: DATA_DIR=/path python3 manage.py restore FILE"
        )


def restore_postgresql(dump: Path) -> None:
    """Fill the empty database that DATABASE_URL names, in one transaction."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    with tempfile.TemporaryDirectory() as elsewhere:  # the settings make keys where there are none
        os.environ["DATA_DIR"] = elsewhere
        django.setup()
    from django.db import connection

    if connection.introspection.table_names():
        raise CannotStart("The database of DATABASE_URL is not empty, and nothing is overwritten.")
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    run_tool("pg_restore", [*options, str(dump)], connection_of(connection))
