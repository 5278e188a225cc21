"""How long assigning takes, and the next sample where most are somebody else's. Nothing is asserted.

    python -m tests.bench.assignments [--samples 1000000] [--people 50]

Fills a dataset in the database of DATABASE_URL, or SQLite in a temporary folder; then assigns 10,000 samples
to the people, all but the last 1,000 to the first of them, and claims for the first and the last.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time

MANY = 10_000
ROUNDS = 50


def main():
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        dataset, people = filled(options.samples, options.people)
        assign_many(dataset, people)
        claim(dataset, people)


def filled(number, members):
    """A dataset of so many samples that await a label, and its people."""
    from annotator import counting
    from annotator.accounts.models import Membership, Role, User, Workspace
    from annotator.annotation.jobs import reconcile_counts
    from annotator.datasets.models import Dataset, Sample

    workspace = Workspace.objects.create(name="Bench")
    users = [User.objects.create(username=f"person-{n}") for n in range(members)]
    people = [
        Membership.objects.create(user=user, workspace=workspace, role=Role.ADMIN) for user in users
    ]
    dataset = Dataset.objects.create(workspace=workspace, name="Bench")
    counting.remove()  # counted once, in the end
    for start in range(0, number, 20_000):
        rows = range(start, min(start + 20_000, number))
        Sample.objects.bulk_create(
            [Sample(dataset=dataset, name=f"s{n}") for n in rows], batch_size=5_000
        )
    counting.install(counting.KEPT)
    reconcile_counts()
    return dataset, people


def assign_many(dataset, people):
    """Print how long 10,000 samples take."""
    from annotator.assignments.actions import distribute_some, start_distribution
    from annotator.assignments.models import Distribution

    chosen = dataset.samples.order_by("-created_at").values_list("pk", flat=True)[:MANY]
    dataset.samples.filter(pk__in=list(chosen)).update(test=True)
    started = time.perf_counter()
    row = start_distribution(
        dataset,
        by=people[0].user,
        shares=[[each.user.pk, 1] for each in people],
        filter="split=test",
    )
    row.lease_id = Distribution.objects.filter(pk=row.pk).take()
    while distribute_some(row, seconds=60):
        pass
    say(f"{MANY:,} samples to {len(people)} people: {time.perf_counter() - started:.2f} s")


def claim(dataset, people):
    """Print how long the next sample takes where all but 1,000 are somebody else's."""
    from django.db import connection

    from annotator import counting
    from annotator.annotation.jobs import reconcile_counts
    from annotator.annotation.queries import figures
    from annotator.annotation.sql import claim_next
    from annotator.datasets.models import Sample

    first = dataset.assignments.create()
    first.people.set([people[0].user])
    last = list(dataset.samples.order_by("-created_at").values_list("created_at", flat=True)[:1000])
    counting.remove()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
    Sample.objects.filter(dataset=dataset, created_at__lt=last[-1]).update(assignment=first)
    Sample.objects.filter(dataset=dataset, created_at__gte=last[-1]).update(assignment=None)
    counting.install(counting.KEPT)
    reconcile_counts()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    say(f"{dataset.samples.filter(assignment=first).count():,} are the first person's")
    for name, member in (("the first", people[0]), ("the last", people[-1])):
        timed(
            f"next sample of {name}", lambda m=member: claim_next(m.user, dataset, exclude_ids=[])
        )
        timed(f"figures of {name}", lambda m=member: figures(m))


def say(text):
    """A line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def timed(name, do):
    """Print the median and the longest of ROUNDS, in ms."""
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        do()
        took.append((time.perf_counter() - started) * 1000)
    say(f"{name}: median {statistics.median(took):.1f} ms, longest {max(took):.1f} ms")


if __name__ == "__main__":
    main()
