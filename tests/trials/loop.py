"""`python -m tests.trials.loop`: saves, kills, a failing remote, a full disk, a wrong clock; then compares.

    python -m tests.trials.loop --saves 10000 --database sqlite
    python -m tests.trials.loop --saves 500 --worker-kills 6 --redis-kills 3 --database postgresql

A server is started as `manage.py up` starts it, on a folder of its own, with a remote that fails a third of
its calls. Scripts and people save, submit and approve while its processes are killed. At the end everything
that was acknowledged must be stored once and be on the remote: else the exit code is 1.

Linux. The disk is only filled for root (it mounts a small one), and the clock is only moved where there is
a C compiler; the output says so. `up` waits ten seconds from the sixth restart of a service in a minute,
so kills of one are spread: 100 worker kills take about 22 minutes.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.trials.ledger import Ledger
from tests.trials.stack import Clock, Disk, Stack

KILL_SECONDS = 12.2  # between two kills of one service: five a minute are restarted at once
DISK_MB = 512
DISK_FULL_SECONDS = 8
CLOCK_OFF_SECONDS = 25
HOUR = 3600
FAULT_RATE = 1 / 3
SENT_SECONDS = 600  # for what is left to send at the end
SERVICES = ("worker", "redis", "web", "up")


def say(words: str) -> None:
    """Show a line at once."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)  # noqa: T201  # a command's output


def main() -> int:
    """Run one trial; 0 when nothing is lost, doubled or different."""
    options = read_options()
    folder = Path(tempfile.mkdtemp(prefix="annotator-trial-"))
    disk = Disk(folder / "data", DISK_MB)
    postgres = None
    if options.database == "postgresql":
        from annotator.launch.postgres_server import PostgresServer

        postgres = PostgresServer()
        postgres.start()
    try:
        return Trial(options, folder, disk, postgres.url if postgres else "").run()
    finally:
        disk.unmount()
        if postgres:
            postgres.stop()


def unused_port() -> int:
    """A port that nobody listens on, below those that systems give to clients: it must stay ours."""
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free between 20000 and 32000")


def read_options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--saves", type=int, default=10_000, help="acknowledged saves, at least")
    parser.add_argument("--worker-kills", type=int, default=100)
    parser.add_argument("--redis-kills", type=int, default=50)
    parser.add_argument("--web-kills", type=int, default=30)
    parser.add_argument("--up-kills", type=int, default=5)
    parser.add_argument("--disk-full", type=int, default=3, help="how often the disk is full")
    parser.add_argument("--minutes", type=float, default=60, help="of load, at the most")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Trial:
    """One run, from an empty folder to its report."""

    def __init__(self, options: argparse.Namespace, folder: Path, disk: Disk, url: str) -> None:
        self.options, self.folder, self.disk = options, folder, disk
        self.random = random.Random(options.seed)
        self.clock = Clock(folder)
        self.ledger = Ledger()
        self.kills: Counter[str] = Counter()
        self.taken_at: dict[str, float] = {}  # by kind of step
        self.stop = threading.Event()
        self.begun = time.monotonic()
        self.seconds = KILL_SECONDS * max(options.worker_kills, options.redis_kills, 4) * 1.05
        bind = f"127.0.0.1:{unused_port()}"
        ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
        self.env = {k: v for k, v in os.environ.items() if k not in ours}
        self.env |= {"DATA_DIR": str(disk.folder), "BIND": bind}
        if url:
            self.env["DATABASE_URL"] = url

    def run(self) -> int:
        """Start, work and hinder, let it finish, compare."""
        for name in ("DATA_DIR", "BIND", "DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "annotator.settings"} | self.env
        import django

        django.setup()
        from tests.fault_remote import FaultRemote
        from tests.trials import verify, world

        with FaultRemote(self.options.seed) as remote:
            self.env["PRIVATE_REMOTES"] = remote.host
            self.stack = Stack(self.folder, self.env | self.clock.env)
            try:
                self.stack.start()
                say(f"started on {self.options.database}: {self.folder}")
                remote_ids = world.fill_remote(remote, 240, max(60, self.options.saves // 12))
                place = world.make_world(remote, remote_ids)
                say("mirrored; from now on the remote fails")
                remote.misbehave(FAULT_RATE)
                self.load(place)
                left = verify.wait_until_sent(SENT_SECONDS, say)
                findings = verify.compare(self.ledger, remote)
            finally:
                self.stop.set()
                self.stack.stop()
            return self.report(remote, findings, left)

    def load(self, place) -> None:
        """Clients at work while the server is hindered; returns when all have ended."""
        threads = [threading.Thread(target=work, daemon=True) for work in self.clients(place)]
        self.begun = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            self.hinder(threads)
        finally:
            self.stop.set()
            self.disk.empty()
            self.clock.set(0)
        deadline = time.monotonic() + 300
        while any(t.is_alive() for t in threads) and time.monotonic() < deadline:
            self.keep_up()
            time.sleep(0.5)
        if any(t.is_alive() for t in threads):
            self.ledger.surprise("a client hung at the end")

    def clients(self, place) -> list[Callable[[], None]]:
        """What runs in a thread each."""
        from tests.trials import clients
        from tests.trials.world import PASSWORD

        def work(index: int, slower: int = 1) -> clients.Work:
            def pause() -> float:
                return self.pause() * slower

            return clients.Work(self.env["BIND"], self.ledger, self.stop, pause, index)

        def watched(call: Callable[..., None], *arguments: object) -> Callable[[], None]:
            def run() -> None:
                try:
                    call(*arguments)
                except Exception as error:
                    self.ledger.surprise(f"{call.__name__} ended: {type(error).__name__}: {error}")

            return run

        quarter = len(place.samples) // 4
        parts = [place.samples[n * quarter : (n + 1) * quarter] for n in range(4)]
        by_api = [
            watched(clients.set_values, work(n), place.token, parts[n], place.variables)
            for n in range(3)
        ]
        in_bulk = watched(
            clients.set_in_bulk, work(3, slower=10), place.token, parts[3], place.variables
        )
        creator = watched(clients.create_samples, work(4, slower=10), place.token, place.local)
        people = [
            watched(
                clients.label, work(10 + n), name, PASSWORD, place.labelled, place.form_variables
            )
            for n, name in enumerate(place.people)
        ]
        reviewer = watched(clients.review, work(30), place.reviewer, PASSWORD, place.labelled)
        return [*by_api, in_bulk, creator, *people, reviewer]

    def pause(self) -> float:
        """Seconds between two saves of a client: short while the trial is behind its plan."""
        share = min(1.0, (time.monotonic() - self.begun) / self.seconds)
        if self.ledger.total < share * self.options.saves:
            return 0.02
        return 11 * self.seconds / self.options.saves

    def hinder(self, threads: list[threading.Thread]) -> None:
        """Kill, fill the disk, move the clock, until all of it is done and enough is saved."""
        plan = self.plan()
        deadline = self.begun + 60 * self.options.minutes
        said = 0.0
        while time.monotonic() < deadline and any(t.is_alive() for t in threads):
            now = time.monotonic() - self.begun
            for step in [step for step in plan if step[0] <= now and self.may_take(step[1])]:
                plan.remove(step)
                step[2]()
            self.keep_up()
            if not plan and self.ledger.total >= self.options.saves:
                return
            if now - said > 30:
                said = now
                say(f"{now:.0f} s: {self.ledger.total} saves, kills {dict(self.kills)}")
            time.sleep(0.2)
        self.ledger.surprise("the time was over before the plan")

    def may_take(self, kind: str) -> bool:
        """Whether the last step of this kind is long enough ago, also after a slow start of `up`."""
        if time.monotonic() - self.taken_at.get(kind, 0.0) < KILL_SECONDS:
            return False
        if kind in SERVICES:
            self.taken_at[kind] = time.monotonic()
        return True

    def plan(self) -> list[tuple[float, str, Callable[[], None]]]:
        """What is done to the server: the second after the beginning, the kind, the step."""
        steps: list[tuple[float, str, Callable[[], None]]] = []

        def spread(kind: str, count: int, act: Callable[[], None]) -> None:
            each = self.seconds / max(count, 1)
            jitter = max(0.0, each - KILL_SECONDS)
            steps.extend(
                (n * each + self.random.random() * jitter, kind, act) for n in range(count)
            )

        for name in SERVICES:
            count = getattr(self.options, f"{name}_kills")
            spread(name, count, lambda name=name: self.kill(name))
        if self.disk.is_mounted:
            spread("disk", self.options.disk_full, self.fill_disk)
        if self.clock.library:
            for share, offset in ((0.2, -HOUR), (0.6, HOUR)):
                begin = share * self.seconds
                steps.append((begin, "clock", lambda offset=offset: self.set_clock(offset)))
                end = begin + CLOCK_OFF_SECONDS
                steps.append((end, "clock", lambda: self.set_clock(0)))
        return sorted(steps, key=lambda step: step[0])

    def kill(self, name: str) -> None:
        """`kill -9` of one process, once it runs; `up` is started again."""
        deadline = time.monotonic() + 20
        while not self.stack.kill(name):
            if time.monotonic() > deadline:
                self.ledger.surprise(f"there was no {name} to kill for 20 s")
                return
            time.sleep(0.1)
        self.kills[name] += 1
        if name == "up":
            say("up was killed and is started again")
            self.stack.start()

    def fill_disk(self) -> None:
        """The disk is full for some seconds."""
        self.disk.fill()
        self.kills["disk full"] += 1
        time.sleep(DISK_FULL_SECONDS)
        self.disk.empty()

    def set_clock(self, offset: int) -> None:
        """The server's wall clock jumps."""
        say(f"the clock is {offset:+d} s off")
        self.clock.set(offset)
        self.kills["clock moved"] += 1

    def keep_up(self) -> None:
        """Start `up` again where it ended by itself, which it should not."""
        if not self.stack.is_running:
            self.ledger.surprise(f"`up` ended by itself: {self.stack.tail()}")
            say(self.ledger.surprises[-1])
            self.stack.start()

    def report(self, remote, findings, left: dict[str, int]) -> int:
        """Print what happened and what is wrong; the exit code."""
        from tests.trials.verify import SHOWN

        faulty = Counter(call.fault for call in remote.requests if call.fault != "ok")
        ledger = self.ledger
        say(f"database          {self.options.database}, seed {self.options.seed}")
        say(f"saves             {ledger.total}: {dict(ledger.saves)}")
        say(f"responses         {dict(ledger.responses)}")
        say(f"calls to remote   {len(remote.requests)}, faulty {faulty.total()}: {dict(faulty)}")
        say(f"kills             {dict(self.kills)}")
        say(f"starts of up      {self.stack.starts}, refused {self.stack.refused_starts}")
        say(f"disk, clock       {self.disk.is_mounted}, {self.clock.library is not None}")
        say(f"slowest save      {ledger.slowest_seconds:.1f} s, with its repeats")
        say(f"not sent          {left}")
        for name in ("lost", "doubled", "differing"):
            examples = getattr(findings, name)
            say(f"{name:17} {len(examples)}")
            for example in examples[:SHOWN]:
                say(f"    {example}")
        say(f"surprises         {len(ledger.surprises)}")
        for words in ledger.surprises[:SHOWN]:
            say(f"    {words}")
        is_good = findings.is_clean and not left and not ledger.surprises
        say("nothing was lost" if is_good else "FAILED")
        return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
