"""How many calls of the REST API a second the real web server answers. Nothing is asserted.

    python -m tests.bench.api [--quick] [--samples 100000] [--postgres] [--keep FOLDER] [--only WORDS]

Fills a dataset of 100,000 samples into SQLite in a temporary data folder (--keep: in this one, filled
once; --postgres: into a PostgreSQL of its own), starts Redis and the web server as `manage.py up` does,
and calls it from another process, first as 1 client, then as 16. A bare Django view on the same server
and behind the same middleware says what the machine can do: the ratio to it is the figure to compare.

The processor's milliseconds for each call are the server's alone (with PostgreSQL: without the database's);
a busy machine changes them little. On a machine of two cores the clients take the second one.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from annotator.launch.postgres_server import PostgresServer
from annotator.launch.process import Process
from annotator.launch.redis_server import find_redis, is_answering, redis_command, socket_path
from annotator.launch.up import is_healthy, web_command
from tests.bench.filling import fill
from tests.bench.load import LINES

HOST = "127.0.0.1"
CLIENTS = (1, 16)
KNOWN = 3_000  # samples whose ids the clients know
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def main():
    """Fill, start, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1 s a line, 10,000 samples")
    parser.add_argument("--samples", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", default="", help="lines whose name holds this, and the bare view")
    options = parser.parse_args()
    number = options.samples or (10_000 if options.quick else 100_000)
    seconds = options.seconds or (1 if options.quick else 5)
    with ExitStack() as stack:
        data = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data.mkdir(parents=True, exist_ok=True)
        port = free_port()
        os.environ |= {
            "DATA_DIR": str(data),
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "BIND": f"{HOST}:{port}",
            "REDIS_URL": f"redis+socket://{stack.enter_context(running_redis(data))}",
        }
        if options.postgres:
            os.environ["DATABASE_URL"] = stack.enter_context(running_postgres())
        facts = prepared(number, data / "facts.json")
        server = stack.enter_context(running_web(port))
        plan = {"host": HOST, "port": port, "facts": facts, "token": facts["token"]}
        lines = [name for name in LINES if options.only in name or name == "bare Django view"]
        measure(plan, lines, seconds, server)


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@contextmanager
def running(name, command, is_ready):
    """The command's process, from when it is ready until the end."""
    process = Process(name, command, os.environ)
    try:
        until = time.monotonic() + 60  # seconds
        while not is_ready():
            if process.exit_code is not None or time.monotonic() > until:
                raise SystemExit(f"{name} did not start")
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        with_grace = time.monotonic() + 10
        while process.exit_code is None and time.monotonic() < with_grace:
            time.sleep(0.05)
        process.kill()


@contextmanager
def running_redis(data):
    """The path of a Redis' socket."""
    path = socket_path(data)
    command = redis_command(find_redis(), folder=data / "redis", socket_file=path)
    with running("redis", command, partial(is_answering, path)):
        yield path


@contextmanager
def running_postgres():
    """The address of a PostgreSQL's database."""
    server = PostgresServer()
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def running_web(port):
    """The web server, with the threads and settings of `manage.py up`."""
    return running("web", web_command(HOST, port), partial(is_healthy, HOST, port))


def prepared(number, kept):
    """What the clients have to know; a new database is filled."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from annotator.accounts.actions import create_token
    from annotator.accounts.models import Membership, Role, Scope, User, Workspace

    call_command("migrate", verbosity=0)
    if User.objects.exists():
        return json.loads(kept.read_text())
    started = time.perf_counter()
    user = User.objects.create_user("bench")
    workspace = Workspace.objects.create(name="Bench")
    member = Membership.objects.create(user=user, workspace=workspace, role=Role.ADMIN)
    dataset = fill(workspace, user, number)
    if connection.vendor == "postgresql":  # which does so by itself, a minute later
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    _, token = create_token(member, name="bench", scope=Scope.MANAGE)
    facts = {**known(dataset), "token": token}
    kept.write_text(json.dumps(facts))
    connection.close()
    say(f"{number:,} samples filled in {time.perf_counter() - started:.0f} s")
    return facts


def known(dataset):
    """Ids of the dataset's rows, and where its middle is."""
    from annotator.api.pagination import PAGE_SIZE
    from annotator.images.models import Image
    from annotator.paging import encode_cursor

    rows = dataset.samples.order_by("created_at", "id")
    middle = rows.count() // 2
    row = rows[middle]
    return {
        "dataset": str(dataset.pk),
        "samples": [str(pk) for pk in rows.values_list("pk", flat=True)[:KNOWN]],
        "images": [str(pk) for pk in Image.objects.values_list("pk", flat=True)[:KNOWN]],
        "variables": {row.name: str(row.pk) for row in dataset.variables.all()},
        "deep_page": middle // PAGE_SIZE,
        "deep_cursor": encode_cursor([row.created_at.isoformat(), row.pk]),
    }


def measure(plan, lines, seconds, server):
    """Print one line for each call and number of clients."""
    say(f"load of the machine before: {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
    say(
        f"{'':24} {'clients':>7} {'calls/s':>8} {'p50':>7} {'p95':>7} {'p99':>7} {'cpu':>7}  bare/this"
    )
    for clients in CLIENTS:
        bare = None
        for line in lines:
            loaded({**plan, "line": line, "clients": clients, "seconds": seconds / 10})
            worked = worked_ms(server)
            figures = loaded({**plan, "line": line, "clients": clients, "seconds": seconds})
            times = sorted(figures["times"])
            rate = len(times) / figures["seconds"]
            bare = bare or rate
            work = (worked_ms(server) - worked) / len(times)
            cuts = (
                statistics.quantiles(times, n=100, method="inclusive") if times[1:] else times * 99
            )
            shown = " ".join(f"{cuts[n]:7.1f}" for n in (49, 94, 98))
            bad = [status for status in figures["statuses"] if status >= 300]
            note = f"  answered {bad}" if bad else ""
            say(f"{line:24} {clients:7} {rate:8.1f} {shown} {work:7.2f} {bare / rate:8.1f}×{note}")


def loaded(plan):
    """What the clients saw."""
    command = [sys.executable, "-m", "tests.bench.load"]
    done = subprocess.run(
        command, input=json.dumps(plan), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def worked_ms(server):
    """Milliseconds of the processor that the server and its workers used up to now."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended
        if int(fields[3]) == server.pid:  # its session
            total += int(fields[11]) + int(fields[12])
    return total * TICK_MS


def say(line):
    """One line, at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
