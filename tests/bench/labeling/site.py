"""One running Annotator on a database of its own, with the processor's time that its processes use."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from annotator.launch.postgres_server import PostgresServer
from tests.bench.labeling.http_client import Connection
from tests.bench.labeling.page import sign_in
from tests.bench.labeling.rows import PASSWORD
from tests.trials.stack import ROOT, Stack

HOST = "127.0.0.1"
KINDS = {"web_server": "web", "celery": "worker", "-server": "redis"}  # by a word of the command


class Site:
    """`manage.py up` on a filled database. The caller closes it."""

    def __init__(
        self,
        folder: Path,
        *,
        samples: int,
        people: int,
        pictures: bool,
        postgres: bool,
        remote: str = "",
    ):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.samples = samples
        self.postgres = PostgresServer() if postgres else None
        ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
        self.env = {name: value for name, value in os.environ.items() if name not in ours} | {
            "DATA_DIR": str(folder),
            "BIND": f"{HOST}:{self.port}",
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "ANNOTATOR_ADMIN_PASSWORD": PASSWORD,  # a first start gives people another one else
            "PRIVATE_REMOTES": remote,
        }
        self._plan = {"people": people, "pictures": pictures}
        self._stack = Stack(folder, self.env)
        try:
            self._begin(folder / "facts.json")
        except BaseException:
            self.close()
            raise

    def _begin(self, kept: Path) -> None:
        if self.postgres:
            self.postgres.start()
            self.env["DATABASE_URL"] = self.postgres.url
        if not kept.exists() or self.postgres:
            kept.write_text(json.dumps(self.fill(self.samples)))
        self.facts = json.loads(kept.read_text())
        if len(self.facts["people"]) < self._plan["people"]:
            raise SystemExit(
                f"{kept} knows {len(self.facts['people'])} people: name another folder."
            )
        self._stack.start()
        self.cookies = [self._sign_in(name) for name in self.facts["people"]]

    def fill(self, samples: int) -> dict[str, Any]:
        """A new dataset: its id and the people's names."""
        return self._child("tests.bench.labeling.rows", self._plan | {"samples": samples})

    def mirrored(self, place: dict[str, Any] | None = None) -> dict[str, int]:
        """How many pictures were fetched of the remote; with its place the run is started first."""
        return self._child("tests.bench.labeling.mirroring", place or {})

    def _child(self, module: str, plan: dict[str, Any]) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(plan),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=self.env,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    def _sign_in(self, name: str) -> dict[str, str]:
        connection = Connection(HOST, self.port)
        sign_in(connection, name, PASSWORD)
        return connection.cookies

    def work(self, **plan: Any) -> dict[str, Any]:
        """Let people work: what they met, with `cpu_ms` of each kind of process meanwhile."""
        plan |= {"host": HOST, "port": self.port, "cookies": self.cookies}
        command = [sys.executable, "-m", "tests.bench.labeling.people"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as people:
            assert people.stdin
            assert people.stdout
            people.stdin.write(json.dumps(plan))
            people.stdin.close()
            people.stdout.readline()  # all are at the start
            before = self.used_ms()
            seen = json.loads(people.stdout.readline())
            after = self.used_ms()
        return seen | {"cpu_ms": {kind: after[kind] - before[kind] for kind in after}}

    def used_ms(self) -> Counter[str]:
        """Milliseconds of the processor by kind of process, since the start."""
        used: Counter[str] = Counter()
        assert self._stack.pid
        for process in tree(self._stack.pid):
            used[kind_of(process)] += spent_ms(process)
        if self.postgres and self.postgres.pid:
            used["database"] = sum(spent_ms(each) for each in tree(self.postgres.pid))
        return used

    def close(self) -> None:
        """End every process."""
        self._stack.stop()
        if self.postgres:
            self.postgres.stop()


def tree(pid: int) -> list[psutil.Process]:
    """The process and all below it."""
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def kind_of(process: psutil.Process) -> str:
    """web, worker, redis, or up for the rest."""
    with suppress(psutil.Error):
        words = " ".join(process.cmdline()[:6])
        return next((kind for word, kind in KINDS.items() if word in words), "up")
    return "up"


def spent_ms(process: psutil.Process) -> float:
    """Of its own and of its children that ended."""
    with suppress(psutil.Error):
        return sum(process.cpu_times()[:4]) * 1000
    return 0.0
