"""PostgreSQL's own pg_dump and pg_restore, for the backup."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from annotator.bootstrap import CannotStart


def connection_of(connection: Any) -> dict[str, str]:
    """The environment with which PostgreSQL's programs reach the database of a Django connection.

    The password goes by the environment, because the arguments of a process can be read by others.
    """
    settings = connection.settings_dict
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
    known = {name: str(settings[key]) for key, name in names.items() if settings.get(key)}
    return known | {"PGDATABASE": str(settings["NAME"])}


def run_tool(program: str, arguments: Sequence[str], where: Mapping[str, str]) -> None:
    """Run one of PostgreSQL's programs; CannotStart with its own words when it fails."""
    path = shutil.which(program)
    if path is None:
        raise CannotStart(
            f"{program} is missing: install PostgreSQL's client programs, of the server's version"
            " or newer (on Debian and Ubuntu: apt install postgresql-client)."
        )
    # pg_restore reads its database from no variable.
    database = ["--dbname", where["PGDATABASE"]] if program == "pg_restore" else []
    done = subprocess.run(
        [path, *database, *arguments],
        env={**os.environ, **where},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"{program} failed: {done.stderr.strip()}")
