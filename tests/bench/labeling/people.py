"""The people of `tests.bench.labeling`, in their own process: plan on stdin, what they met on stdout."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from typing import Any

from tests.bench.labeling.http_client import Connection
from tests.bench.labeling.page import LabelingPage, Over


class Meter:
    """What all people of one run met, together."""

    def __init__(self) -> None:
        self.loops_ms: list[float] = []
        self.submits_ms: list[float] = []
        self.requests = 0
        self.events: Counter[str] = Counter()


def label(plan: dict[str, Any], number: int, meter: Meter, begin: threading.Barrier) -> None:
    """One person: open the page, wait for the others, work until the time is over."""
    connection = Connection(plan["host"], plan["port"], plan["cookies"][number])
    page = LabelingPage(connection, plan["dataset"], seed=int(time.time() * 1000) + number)
    try:
        page.open()
        page.finish_loading()
    except BaseException:
        begin.abort()
        raise
    begin.wait()
    connection.requests, page.events = 0, Counter()
    until = time.perf_counter() + plan["seconds"]
    try:
        while time.perf_counter() < until:
            work_once(page, meter, is_typed=plan["typed"])
    except Over:
        pass
    meter.requests += connection.requests
    meter.events += page.events


def work_once(page: LabelingPage, meter: Meter, *, is_typed: bool) -> None:
    """One loop: type, submit, next."""
    began = time.perf_counter()
    if is_typed:
        page.type_values()
    else:
        page.fill_form()
    submitting = time.perf_counter()
    was_taken = page.submit()
    meter.submits_ms.append((time.perf_counter() - submitting) * 1000)
    page.finish_loading()
    if was_taken:
        meter.loops_ms.append((time.perf_counter() - began) * 1000)


def call_bare(plan: dict[str, Any], number: int, meter: Meter, begin: threading.Barrier) -> None:
    """One client of the bare view."""
    connection = Connection(plan["host"], plan["port"], plan["cookies"][number])
    connection.get("/bench/bare/")
    begin.wait()
    until = time.perf_counter() + plan["seconds"]
    while time.perf_counter() < until:
        began = time.perf_counter()
        connection.get("/bench/bare/")
        meter.loops_ms.append((time.perf_counter() - began) * 1000)


def main() -> None:
    """Work as the plan says; print the counts and times as JSON."""
    plan = json.load(sys.stdin)
    meter, begin = Meter(), threading.Barrier(plan["people"] + 1)
    work = call_bare if plan["bare"] else label
    threads = [
        threading.Thread(target=work, args=(plan, number, meter, begin), daemon=True)
        for number in range(plan["people"])
    ]
    for thread in threads:
        thread.start()
    begin.wait()
    say({"begun": time.time()})
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds, used = time.perf_counter() - began, time.process_time()
    say(vars(meter) | {"seconds": seconds, "client_seconds": used})


def say(line: dict[str, Any]) -> None:
    """One line of JSON, at once."""
    print(json.dumps(line), flush=True)  # noqa: T201  a command's output


if __name__ == "__main__":
    main()
