"""How many suggestions a second are taken, and how soon they are found again. Nothing is asserted.

    python -m tests.bench.suggestions [--samples 10000] [--stored 0] [--postgres]

Fills a dataset of 10,000 samples with four variables into SQLite in a temporary data folder (--postgres: into
a PostgreSQL of its own), with --stored suggestions of another source in it, proposes four values for each
sample in calls of 1,000, sends them all again, and reads and settles those of one sample.
"""

import argparse
import os
import random
import tempfile
import time
from contextlib import ExitStack

from tests.bench.api import running_postgres
from tests.bench.filling import CHOICES, fill

CALL = 1_000  # samples


def main():
    """Fill, propose, read, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--stored", type=int, default=0)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        os.environ |= {
            "DATA_DIR": stack.enter_context(tempfile.TemporaryDirectory()),
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }
        if options.postgres:
            os.environ["DATABASE_URL"] = stack.enter_context(running_postgres())
        import django

        django.setup()
        measure(options.samples, options.stored)


def measure(size, stored):
    """Print one line for each thing that is measured."""
    from django.core.management import call_command

    from annotator.accounts.models import Role
    from annotator.suggestions.queries import open_for
    from tests.factories import make_member

    call_command("migrate", verbosity=0)
    member = make_member(Role.ADMIN)
    dataset = fill(member.workspace, member.user, size)
    samples = list(dataset.samples.all())
    if stored:
        timed(f"stored before: {stored:,}", lambda: store(member.workspace, samples, stored))
    rows = made_rows(samples)
    call_api(member, rows[:1])  # which imports the views
    seconds = timed(f"{size:,} samples × 4 values", lambda: call_api(member, rows))
    say(f"{len(rows) * 4 / seconds:,.0f} values a second")
    timed("the same again", lambda: call_api(member, rows))
    timed("read those of one sample", lambda: open_for(samples[:1], member))
    timed("settle those of one sample", lambda: settle_one(samples[0]))
    timed("gallery, grade of a confidence of 0.95 or more", lambda: page(dataset, "0.95"))
    timed("gallery, grade of any confidence", lambda: page(dataset, "0"))


def say(text):
    print(text, flush=True)  # noqa: T201


def timed(name, work):
    """Do it and print the seconds."""
    started, used = time.perf_counter(), time.process_time()
    work()
    seconds = time.perf_counter() - started
    say(f"{name}: {seconds:.3f} s, of them {time.process_time() - used:.3f} s of this process")
    return seconds


def made_rows(samples):
    """Four legal values for each sample, in the shape of the API."""
    rng = random.Random(1)
    return [
        {
            "sample": str(sample.pk),
            "values": {
                "grade": rng.randrange(21) / 2,
                "condition": rng.choice(CHOICES),
                "real": rng.random() < 0.9,
                "note": f"note {rng.random()}",
            },
            "confidence": {"grade": rng.random(), "condition": rng.random()},
        }
        for sample in samples
    ]


def call_api(member, rows):
    """Send them through the views of the API, without sockets."""
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_login(member.user)
    for start in range(0, len(rows), CALL):
        body = {"source": "bench", "version": "1", "suggestions": rows[start : start + CALL]}
        answer = client.post("/vlm/v2/suggestion/bulk/", body, format="json", HTTP_HOST="localhost")
        assert answer.status_code == 200, answer.content[:500]


def store(workspace, samples, number):
    """Settled suggestions of another source, as years of work leave them."""
    from django.utils import timezone

    from annotator.suggestions.actions import source_of
    from annotator.suggestions.models import Suggestion

    source = source_of(workspace, kind="script", name="old", version="1")
    now = timezone.now()
    variables = list(samples[0].dataset.variables.live())
    for start in range(0, number, 5_000):
        Suggestion.objects.bulk_create(
            [
                Suggestion(
                    sample=samples[n // 4 % len(samples)],
                    variable=variables[n % 4],
                    source=source,
                    value=n,
                    confidence=0.5,
                    state="superseded",
                    settled_at=now,
                )
                for n in range(start, min(number, start + 5_000))
            ],
            batch_size=500,
        )


def page(dataset, minimum):
    """The queries of the gallery by suggestions: a page, and the count of what matches."""
    from annotator.datasets.models import Sample
    from annotator.datasets.queries.facets import CAP
    from annotator.datasets.queries.filters import read_filter
    from annotator.suggestions.models import Source

    source = Source.objects.get(name="bench")
    given = {"s.grade": str(source.pk), "s.grade.min": minimum}
    narrowed = read_filter(given, list(dataset.variables.live()))
    samples = narrowed.apply(Sample.objects.in_dataset(dataset))
    assert list(samples.order_by("-created_at", "-id")[:61])
    list(samples.order_by().values_list("state", "test")[: CAP + 1])


def settle_one(sample):
    """As a submit does."""
    from annotator.suggestions.actions import settle

    settle(sample, dict.fromkeys(sample.dataset.variables.live()), by=None)


if __name__ == "__main__":
    main()
