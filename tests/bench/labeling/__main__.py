"""The labeling loop (type three fields, submit, next) as 1, 8 and 20 people. Nothing is asserted.

    python -m tests.bench.labeling [--samples 1000,100000,1000000] [--people 1,8,20] [--seconds 10]
                                   [--postgres] [--sqlite] [--only typed|form] [--browser] [--mirror]
                                   [--keep FOLDER]

Starts all that `manage.py up` starts, on a database of its own for each size (--keep: SQLite's databases are
kept in this folder and filled once), signs people in, and lets them work without a pause, in a process of
their own. Up to 20,000 samples each line begins with a dataset of that size which nobody has touched; of a
larger one four in five samples are answered already, a quarter of these by the first person.

The processor's milliseconds are those of all processes of `up` and of PostgreSQL. A bare Django view on the
same server, behind the same middleware, says beside each block what the machine can do.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests.bench.labeling.mirroring import remote_with_pictures
from tests.bench.labeling.rows import SMALL
from tests.bench.labeling.site import Site

MIRROR_SECONDS = 120  # in which a started mirror must have fetched its first picture
HEAD = (
    f"{'':24} {'people':>6} {'loops/s':>8} {'requests':>8} {'missed':>7} {'cpu ms':>7} {'web':>6}"
    f" {'worker':>6} {'redis':>6} {'db':>6} {'submit p50':>10} {'p95':>6} {'loop p50':>8} {'p95':>6}  notes"
)


def main() -> None:
    """Fill, start, measure, print."""
    options = parsed()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends what it started
    databases = [False] * options.sqlite + [True] * options.postgres or [False]
    for postgres in databases:
        for samples in options.samples:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                if options.keep and not postgres:
                    folder = options.keep / str(samples)
                    folder.mkdir(parents=True, exist_ok=True)
                measure(folder, samples, options, postgres=postgres)


def parsed() -> argparse.Namespace:
    """The options."""

    def numbers(text: str) -> list[int]:
        return [int(each) for each in text.split(",")]

    parser = argparse.ArgumentParser(prog="tests.bench.labeling", description=__doc__)
    parser.add_argument("--samples", type=numbers, default=[1_000], help="of each dataset")
    parser.add_argument("--people", type=numbers, default=[1, 8, 20])
    parser.add_argument("--seconds", type=float, default=10, help="of each line")
    parser.add_argument("--sqlite", action="store_true", help="the default; with --postgres both")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--only", choices=["typed", "form"], help="one of the two loops")
    parser.add_argument("--browser", action="store_true", help="a browser's pages instead")
    parser.add_argument("--mirror", action="store_true", help="each line again beside a mirror")
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


def measure(folder: Path, samples: int, options: argparse.Namespace, *, postgres: bool) -> None:
    """The lines of one database and size."""
    with ExitStack() as stack:
        place = {"host": ""}
        if options.mirror:
            place = stack.enter_context(remote_with_pictures(folder))
        site = Site(
            folder,
            samples=samples,
            people=max(options.people),
            pictures=options.browser,
            postgres=postgres,
            remote=place["host"],
        )
        stack.enter_context(closing(site))
        name = "PostgreSQL" if postgres else "SQLite"
        say(f"\n{name}, {samples:,} samples; load before: {os.getloadavg()[0]:.1f}")
        if options.browser:
            from tests.bench.labeling.browser import measure_pages

            measure_pages(site, say)
            return
        say(HEAD)
        measure_loops(site, options)
        if options.mirror:
            site.mirrored(place)
            wait_for_pictures(site)
            measure_loops(site, options, beside="beside a mirror")
            seen = site.mirrored()
            say(f"pictures fetched by now: {seen['fetched']} of {seen['known']}")
        for people in options.people:
            plan = {"people": people, "dataset": "", "seconds": options.seconds / 3}
            show("bare Django view", people, site.work(**plan, typed=False, bare=True), bare=True)


def wait_for_pictures(site: Site) -> None:
    """Until the first picture of the mirror is here."""
    deadline = time.monotonic() + MIRROR_SECONDS
    while not site.mirrored()["fetched"]:
        if time.monotonic() > deadline:
            raise SystemExit("the mirror did not begin to fetch pictures")


def measure_loops(site: Site, options: argparse.Namespace, beside: str = "") -> None:
    """A line for each loop and number of people."""
    for loop in [options.only] if options.only else ["typed", "form"]:
        for people in options.people:
            dataset = site.facts["dataset"]
            if site.samples <= SMALL:
                dataset = site.fill(site.samples)["dataset"]
            plan = {"people": people, "dataset": dataset, "seconds": options.seconds}
            words = " ".join(filter(None, ["typed" if loop == "typed" else "form", beside]))
            show(words, people, site.work(**plan, typed=loop == "typed", bare=False))


def show(words: str, people: int, seen: dict[str, Any], *, bare: bool = False) -> None:
    """One line."""
    loops, events = len(seen["loops_ms"]), seen["events"]
    if not loops:
        say(f"{words:24} {people:6}  nothing done: {events}")
        return
    cpu = {kind: spent / loops for kind, spent in seen["cpu_ms"].items()}
    kinds = " ".join(f"{cpu.get(kind, 0):6.1f}" for kind in ("web", "worker", "redis", "database"))
    line = f"{words:24} {people:6} {loops / seen['seconds']:8.1f}"
    shown = events.get("prefetched", 0) + events.get("fetched", 0)
    asked = 1.0 if bare else seen["requests"] / loops
    missed = f"{events.get('fetched', 0) / shown:7.0%}" if shown else f"{'':7}"
    line += f" {asked:8.1f} {missed} {sum(cpu.values()):7.1f} {kinds}"
    if not bare:
        line += f" {cut(seen['submits_ms'], 50):10.0f} {cut(seen['submits_ms'], 95):6.0f}"
    else:
        line += f" {'':10} {'':6}"
    line += f" {cut(seen['loops_ms'], 50):8.1f} {cut(seen['loops_ms'], 95):6.1f}"
    refused = {name: n for name, n in events.items() if name[-3:].isdigit() and name[-3:] != "200"}
    client = seen["client_seconds"] * 1000 / loops
    say(f"{line}  clients {client:.1f} ms{f', {refused}' if refused else ''}")


def cut(times: list[float], percent: int) -> float:
    """The percentile of the times."""
    return quantiles(times, n=100, method="inclusive")[percent - 1] if times[1:] else times[0]


def say(line: str) -> None:
    """One line, at once."""
    print(line, flush=True)  # noqa: T201  a command's output


if __name__ == "__main__":
    main()
