"""What must be done before the web server starts: tables, static files, the first accounts.

Done by a process of its own, so that the watching one stays small. It prints what it did as
JSON, because a password must not be seen on any command line or in a file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from annotator.bootstrap import ROOT, CannotStart
from annotator.launch.process import end_with_parent
from annotator.launch.supervisor import Supervisor

# The variables with which an operator presets the first password, and the demo's password and token.
SECRETS = ("ANNOTATOR_ADMIN_PASSWORD", "ANNOTATOR_DEMO_PASSWORD", "ANNOTATOR_DEMO_TOKEN")


@dataclass(frozen=True)
class Account:
    """Someone who can log in, and as what."""

    username: str
    roles: str


@dataclass(frozen=True)
class Prepared:
    """The first accounts and the secrets to show; all empty once they were shown.

    A secret that the operator preset is empty: it is never printed.
    """

    accounts: tuple[Account, ...] = ()
    password: str = ""
    token: str = ""


def prepare(supervisor: Supervisor, env: Mapping[str, str], *, demo: bool) -> Prepared:
    """Run `manage.py prepare`'s work in a child; CannotStart with its reason when it fails."""
    command = [sys.executable, "-m", "annotator.launch.preparing", "demo" if demo else "admin"]
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=partial(end_with_parent, os.getpid()),
    )
    try:
        while child.poll() is None:
            supervisor.tend()
    finally:
        child.terminate()
        output, _ = child.communicate()
    if child.returncode:
        raise CannotStart(
            output.decode().strip() or "The database could not be prepared; see above."
        )
    made = json.loads(output)
    accounts = tuple(Account(**account) for account in made.pop("accounts"))
    return Prepared(accounts=accounts, **made)


def shown_file(folder: Path) -> Path:
    """Exists in the data folder once the first secrets were shown."""
    return folder / "secrets_shown"
