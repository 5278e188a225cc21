"""How many suggestions a second are taken, and how soon they are found again. Nothing is asserted.

    python -m tests.bench.suggestions [--samples 10000] [--stored 0] [--postgres | --keep FOLDER]

Fills a dataset of 10,000 samples with four variables into SQLite in a temporary data folder (--keep: in one
that is filled once, then the pages alone are timed; --postgres: into a PostgreSQL of its own), with --stored
suggestions of another source in it, proposes four values for each sample in calls of 1,000, sends them again,
and reads and closes those of one sample. Compares with the accepted values and decides about half of the
suggestions. What more samples are wanted are copies of these. Then the labeling page, the claims of the next
sample, the gallery by confidence and the pages of disagreements and figures.
"""

import argparse
import os
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.api import running_postgres
from tests.bench.filling import CHOICES, fill
from tests.bench.multiplying import multiply

CALL = 1_000  # samples
FILLED = 10_000  # samples; more are copies of them


def main():
    """Fill, propose, read, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--stored", type=int, default=0)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        os.environ |= {
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }
        if options.postgres:
            os.environ["DATABASE_URL"] = stack.enter_context(running_postgres())
        import django

        django.setup()
        from django.core.management import call_command

        from annotator.suggestions.models import Suggestion

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        if not Suggestion.objects.exists():
            measure_writing(options.samples, options.stored)
        keep_in_memory()
        measure_pages()


def keep_in_memory():
    """What the pages keep in the cache: no Redis runs here."""
    from django.core.cache import caches

    assert caches["default"]  # made before, to be replaced
    caches.settings["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    del caches["default"]


def measure_writing(size, stored):
    """Fill the dataset; print one line for each thing that is measured."""
    from annotator.accounts.models import Role
    from annotator.suggestions.queries import open_for
    from tests.factories import make_member

    member = make_member(Role.ADMIN)
    dataset = fill(member.workspace, member.user, min(size, FILLED))
    ids = list(dataset.samples.order_by("created_at", "id").values_list("pk", flat=True))
    if stored:
        timed(f"stored before: {stored:,}", lambda: store(dataset, ids, stored))
    called = list(made_rows(ids))
    call_api(member, called[:1])  # which imports the views
    seconds = timed(f"{len(called):,} samples × 4 values", lambda: call_api(member, called))
    say(f"{len(called) * 4 / seconds:,.0f} values a second")
    timed("the same again", lambda: call_api(member, called))
    sample = dataset.samples.get(pk=ids[0])
    timed("read those of one sample", lambda: open_for([sample], member))
    timed("close those of one sample", lambda: close_one(sample))
    timed("compare with the accepted values", lambda: compare(dataset))
    timed("decide about half of all", lambda: decide(dataset, member.user, len(ids)))
    if size > FILLED:
        timed(f"copy to {size:,} samples", lambda: multiply(size // FILLED))


def measure_pages():
    """The pages that people wait for; each twice, the second is printed."""
    from django.test import Client
    from django.urls import reverse

    from annotator.accounts.models import Membership
    from annotator.annotation.actions import claim_next
    from annotator.datasets.models import Dataset, Sample
    from annotator.suggestions.models import Source

    member, dataset = Membership.objects.get(), Dataset.objects.get()
    source = Source.objects.get(name="bench")
    client = Client(headers={"host": "localhost"})
    client.force_login(member.user)
    to_label = Sample.objects.in_dataset(dataset).filter(state="unlabeled").first()

    def get(name, url):
        assert client.get(url).status_code == 200, url
        timed(name, lambda: client.get(url))

    get("labeling page, its form filled", reverse("annotation:sample", args=[to_label.pk]))
    for order in ("oldest", "unsure"):
        dataset.labeling_order = order
        timed(f"claim the next sample, {order}", lambda: claim_next(member, dataset))
    gallery = reverse("datasets:gallery", args=[dataset.pk])
    for least in ("0.95", "0"):
        timed(f"gallery's queries, grade of {least} or more", lambda: page(dataset, least))  # noqa: B023
        query = f"s.grade={source.pk}&s.grade.min={least}"
        get(f"gallery page, grade of {least} or more", f"{gallery}?{query}")
    measure_overviews(dataset, source, get)


def measure_overviews(dataset, source, get):
    """The pages that look at all suggestions at once."""
    from django.urls import reverse

    from annotator.figures.jobs import make_decisions
    from annotator.suggestions.jobs import count_sources

    grade = dataset.variables.get(name="grade")
    timed("count by source, as a job does", lambda: count_sources(str(dataset.pk)))
    get("suggestions, by source", reverse("suggestions:sources", args=[dataset.pk]))
    get("disagreements, overview", reverse("disagreements:overview", args=[dataset.pk]))
    queue = reverse("disagreements:queue", args=[dataset.pk])
    for order in ("size", "confidence", "common"):
        query = f"variable={grade.pk}&source={source.pk}&order={order}"
        get(f"disagreements, the first by {order}", f"{queue}?{query}")
    timed("count what was decided, as a job does", lambda: make_decisions(str(dataset.pk)))
    get("do suggestions help?", reverse("figures:suggestions", args=[dataset.pk]))


def compare(dataset):
    """As the job does, to the end."""
    from annotator.disagreements import jobs
    from annotator.disagreements.actions import compare_some, start_comparison
    from annotator.disagreements.models import Comparison, Disagreement

    comparison = start_comparison(dataset, by=None)
    comparison.lease_id = Comparison.objects.filter(pk=comparison.pk).take()
    while compare_some(comparison, seconds=jobs.CHUNK_SECONDS):
        pass
    comparison.release(state="done")
    say(f"disagreements: {Disagreement.objects.count():,}")


def decide(dataset, user, size):
    """Half of the suggestions get a result, one in twenty of them blind."""
    from django.utils import timezone

    from annotator.suggestions.models import Suggestion

    own = Suggestion.objects.filter(source__name="bench", variable__dataset=dataset).order_by("pk")
    ids = list(own.values_list("pk", flat=True)[: size * 2])
    decided = Suggestion.objects.filter(pk__lte=ids[-1], pk__gte=ids[0])
    decided.update(state="accepted", closed_by=user, closed_at=timezone.now(), was_shown=True)
    decided.filter(pk__gt=ids[len(ids) * 2 // 3]).update(state="edited")
    decided.filter(pk__gt=ids[len(ids) * 19 // 20]).update(was_shown=False)


def say(text):
    print(text, flush=True)  # noqa: T201


def timed(name, work):
    """Do it and print the seconds."""
    started, used = time.perf_counter(), time.process_time()
    work()
    seconds = time.perf_counter() - started
    say(f"{name}: {seconds:.3f} s, of them {time.process_time() - used:.3f} s of this process")
    return seconds


def made_rows(ids):
    """Four legal values for each sample, in the shape of the API."""
    rng = random.Random(str(ids[0]))
    for sample in ids:
        yield {
            "sample": str(sample),
            "values": {
                "grade": rng.randrange(21) / 2,
                "condition": rng.choice(CHOICES),
                "real": rng.random() < 0.9,
                "note": f"note {rng.random()}",
            },
            "confidence": {"grade": rng.random(), "condition": rng.random()},
        }


def call_api(member, rows):
    """Send them through the views of the API, without sockets."""
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_login(member.user)
    for start in range(0, len(rows), CALL):
        body = {"source": "bench", "version": "1", "suggestions": rows[start : start + CALL]}
        answer = client.post("/vlm/v2/suggestion/bulk/", body, format="json", HTTP_HOST="localhost")
        assert answer.status_code == 200, answer.content[:500]


def store(dataset, ids, number):
    """Closed suggestions of another source, as years of work leave them."""
    from django.utils import timezone

    from annotator.suggestions.actions import source_of
    from annotator.suggestions.models import Suggestion

    source = source_of(dataset.workspace, kind="script", name="old", version="1")
    now = timezone.now()
    variables = list(dataset.variables.live())
    for start in range(0, number, 5_000):
        Suggestion.objects.bulk_create(
            [
                Suggestion(
                    sample_id=ids[n // 4 % len(ids)],
                    variable=variables[n % 4],
                    source=source,
                    value=n,
                    confidence=0.5,
                    state="superseded",
                    closed_at=now,
                )
                for n in range(start, min(number, start + 5_000))
            ],
            batch_size=500,
        )


def page(dataset, minimum):
    """The queries of the gallery by suggestions: a page, and the count of what matches."""
    from annotator.datasets.models import Sample
    from annotator.datasets.queries.facets import Counts, counts_in
    from annotator.datasets.queries.filters import read_filter
    from annotator.suggestions.models import Source

    source = Source.objects.get(name="bench")
    given = {"s.grade": str(source.pk), "s.grade.min": minimum}
    narrowed = read_filter(given, list(dataset.variables.live()))
    samples = Sample.objects.in_dataset(dataset)
    page = narrowed.apply(samples, listing=narrowed.listing)
    assert list(page.order_by(*(f"-{name}" for name in narrowed.listing.columns))[:61])
    assert counts_in(samples, narrowed, Counts({})).total()


def close_one(sample):
    """As a submit does."""
    from annotator.suggestions.actions import close_suggestions

    close_suggestions(sample, dict.fromkeys(sample.dataset.variables.live()), by=None)


if __name__ == "__main__":
    main()
