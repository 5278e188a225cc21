"""How long the gallery takes on a large dataset. A command of its own; nothing is asserted.

    python -m tests.bench.gallery [--samples 100000] [--times 1] [--postgres | --keep FOLDER]

Fills two datasets, one of 1,000 samples and one of --samples, each with four variables and a delivery for
each approved sample, into SQLite in a temporary data folder (or --keep, which is filled once; --postgres:
into a PostgreSQL of its own); with --times each is made that many times as large by copying. Then asks for
pages through the whole Django stack and prints milliseconds: median and 95th percentile of the clock, and the
median of the processor's time. That of a bare view of the same stack stands beside them: on a busy machine
both take longer. Then the number of queries of each page.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.api import running_postgres
from tests.bench.filling import answer, deliver, fill
from tests.bench.multiplying import multiply

SMALL = 1_000
ROUNDS = 10


def main():
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        data = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data.mkdir(parents=True, exist_ok=True)
        os.environ["DATA_DIR"] = str(data)
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        if options.postgres:
            os.environ["DATABASE_URL"] = stack.enter_context(running_postgres())
        import django

        django.setup()
        from django.conf import settings

        settings.STORAGES["staticfiles"] = {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
        settings.ALLOWED_HOSTS = ["testserver"]
        client, datasets = prepared(options.samples, options.times)
        measure(client, datasets)


def prepared(number, times):
    """A signed-in client and the two datasets by their size; filled when the folder is new."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from annotator.accounts.models import Membership, Role, User, Workspace
    from annotator.datasets.models import Dataset

    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        started = time.perf_counter()
        user = User.objects.create_user("bench")
        workspace = Workspace.objects.create(name="Bench")
        Membership.objects.create(user=user, workspace=workspace, role=Role.ADMIN)
        colleague = User.objects.create_user("colleague")
        Membership.objects.create(user=colleague, workspace=workspace, role=Role.ANNOTATOR)
        for size in (SMALL, number):
            answer(fill(workspace, user, size), user, colleague)
        if times > 1:
            multiply(times)
        for dataset in Dataset.objects.all():
            deliver(dataset)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum does soon; SQLite keeps no statistics
        print(f"filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)  # noqa: T201
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    return client, list(Dataset.objects.order_by("created_at"))


FILTERS = {
    "page 1": "",
    "state approved": "?state=approved",
    "split test": "?split=test",
    "choice, frequent": "?v.condition=Near+mint",
    "choice, rare": "?v.condition=Damaged",
    "no, rare": "?v.real=false",
    "number from 9.5": "?v.grade.min=9.5",
    "range and choice and state": "?v.grade.min=7&v.grade.max=8&v.condition=Mint&state=approved",
    "text holds, frequent": "?v.note.has=corner",
    "text holds, very rare": "?v.note.has=rare7",
    "text holds, never": "?v.note.has=zzzz",
    "search, frequent": "?q=worn",
    "search, very rare": "?q=card-000123",
    "search, never": "?q=zzzz",
    "missing": "?v.grade.is=missing",
    "invalid": "?v.grade.is=invalid",
    "person": "?by=1",
    "facet opened": "?open=condition",
}


def measure(client, datasets):
    """Print one line per page."""
    from django.urls import reverse

    small, large = (reverse("datasets:gallery", args=[dataset.pk]) for dataset in datasets)
    first = timed(client, small)
    show(f"page 1 of {SMALL:,}", first)
    for words, query in FILTERS.items():
        times = timed(client, large + query)
        share = f"{median_work(times) / median_work(first):.2f}×"
        show(words, times, "" if query else share)
    deep = deep_page(client, datasets[1], large)
    show("page in the middle", timed(client, deep))
    measure_pages(client, datasets[1])


def measure_pages(client, dataset):
    """Print one line per page of the other rooms, as a multiple of a bare view in this very run."""
    from django.urls import reverse

    bare = median_work(timed(client, "/health/"))
    show("bare view", timed(client, "/health/"))
    pages = {
        "gallery": reverse("datasets:gallery", args=[dataset.pk]),
        "list of datasets": reverse("datasets:list"),
        "home": reverse("home:home"),
        "review": reverse("review:start") + "?list=1",
        "review list": reverse("review:list", args=[dataset.pk]),
        "deliveries": reverse("push:deliveries"),
        "tasks": reverse("training:tasks"),
    }
    for words, url in pages.items():
        times = timed(client, url)
        note = f"{median_work(times) / bare:.1f}× bare, {queries_of(client, url)} queries"
        show(words, times, note)


def queries_of(client, url):
    """How many statements the page takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def deep_page(client, dataset, url):
    """The address of a page half way through."""
    from annotator.datasets.models import Sample
    from annotator.paging import encode_cursor

    rows = Sample.objects.in_dataset(dataset).order_by("-created_at", "-id")
    row = rows[rows.count() // 2]
    return f"{url}?after={encode_cursor([row.created_at.isoformat(), row.pk])}"


def timed(client, url):
    """(clock, processor) milliseconds of ROUNDS requests, after one that fills the caches."""
    assert client.get(url).status_code == 200
    times = []
    for _ in range(ROUNDS):
        started, worked = time.perf_counter(), time.process_time()
        client.get(url)
        times.append(
            ((time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000)
        )
    return times


def median_work(times):
    """Milliseconds of the processor."""
    return statistics.median(work for _, work in times)


def show(words, times, note=""):
    """One line: what, median, 95th percentile, processor."""
    clock = sorted(time for time, _ in times)
    p95 = clock[min(len(clock) - 1, round(len(clock) * 0.95))]
    line = f"{words:30} {statistics.median(clock):7.0f} {p95:7.0f} {median_work(times):7.0f} {note}"
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
