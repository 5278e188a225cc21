"""How long the pages about people's work take on a large dataset. A command of its own; nothing is asserted.

    python -m tests.bench.figures [--samples 100000] [--people 50] [--keep FOLDER]

Fills one dataset into SQLite in a temporary data folder (or --keep, which is filled once): half of the
samples are answered by two people, all answers of 90 days, timed, one in twenty returned once; each person
has answered 100 gold samples. Prints milliseconds as `tests.bench.gallery` does: median and 95th percentile
of the clock, the processor's median; then the queries. The first agreement page is timed alone: it works out
what the next ones read.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

from tests.bench.filling import save
from tests.bench.gallery import queries_of, show, timed

BATCH = 5_000
DAYS = 90
GOLD = 100  # samples


def main():
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.keep or Path(folder)
        data.mkdir(parents=True, exist_ok=True)
        os.environ["DATA_DIR"] = str(data)
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        import django

        django.setup()
        from django.conf import settings

        settings.STORAGES["staticfiles"] = {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
        settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        settings.ALLOWED_HOSTS = ["testserver"]
        measure(*prepared(options.samples, options.people))


def prepared(number, people):
    """A signed-in client and the dataset; filled when the folder is new."""
    from django.core.management import call_command
    from django.test import Client

    from annotator.accounts.models import Membership, Role, User, Workspace
    from annotator.datasets.models import Dataset

    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        started = time.perf_counter()
        workspace = Workspace.objects.create(name="Bench")
        admin = User.objects.create_user("bench")
        Membership.objects.create(user=admin, workspace=workspace, role=Role.ADMIN)
        users = [User.objects.create_user(f"person-{each}") for each in range(people)]
        for user in users:
            Membership.objects.create(user=user, workspace=workspace, role=Role.ANNOTATOR)
        fill(workspace, users, number)
        print(f"filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)  # noqa: T201
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    return client, Dataset.objects.get()


def fill(workspace, users, number):
    """The dataset with its answers and their values, written in bulk."""
    from annotator.annotation.models import Answer, AnswerValue, GoldResult
    from annotator.datasets.models import Dataset, Sample, Variable

    rng = random.Random(number)
    dataset = Dataset.objects.create(
        workspace=workspace, name="Cards", answers_per_sample=2, overlap_percent=50
    )
    variables = [
        Variable.objects.create(dataset=dataset, name="grade", type="integer", position=0),
        Variable.objects.create(
            dataset=dataset, name="kind", type="string", choices=["a", "b", "c"], position=1
        ),
    ]
    for start in range(0, number, BATCH):
        places = range(start, min(number, start + BATCH))
        samples = [Sample(id=uuid.uuid4(), dataset=dataset, name=f"card-{n:06}") for n in places]
        answers = [answer for sample in samples for answer in answers_of(sample, users, rng)]
        save(Sample, samples)
        save(Answer, answers)
        save(AnswerValue, [value for each in answers for value in values_of(each, variables, rng)])
    save(GoldResult, list(gold_results(dataset, users, variables, rng)))


def gold_results(dataset, users, variables, rng):
    """Of every person for each of GOLD samples; nine in ten values are right."""
    from django.utils import timezone

    from annotator.annotation.models import GoldResult
    from annotator.datasets.models import Sample

    samples = list(Sample.objects.filter(dataset=dataset, state="approved")[:GOLD])
    for user in users:
        for sample in samples:
            at = timezone.now() - timedelta(days=DAYS * rng.random())
            for variable in variables:
                yield GoldResult(
                    dataset=dataset,
                    sample=sample,
                    user=user,
                    variable=variable,
                    is_right=rng.random() < 0.9,
                    answered_at=at,
                )


def answers_of(sample, users, rng):
    """One or two answers to the sample, which gets its state; none to one in seven."""
    from django.utils import timezone

    from annotator.annotation.models import Answer

    if rng.random() < 0.15:
        return []
    sample.state = "approved"
    states = ["approved", "collected"][: rng.choice([1, 2])]
    now = timezone.now()
    return [
        Answer(
            sample=sample,
            author=user,
            state=state,
            submitted_at=now - timedelta(days=DAYS * rng.random()),
            returned_at=now if rng.random() < 0.05 else None,
            active_ms=rng.randrange(3_000, 60_000),
        )
        for state, user in zip(states, rng.sample(users, len(states)), strict=True)
    ]


def values_of(answer, variables, rng):
    """A value for each variable; reviewers changed one in fifty."""
    from annotator.annotation.models import AnswerValue

    given = [rng.randrange(1, 6), rng.choice("aaabc")]
    return [
        AnswerValue(
            answer=answer,
            variable=variable,
            value=value,
            origin="reviewed" if rng.random() < 0.02 else "typed",
        )
        for variable, value in zip(variables, given, strict=True)
    ]


def measure(client, dataset):
    """Print one line per page."""
    from django.urls import reverse

    from annotator.annotation.models import Answer

    person = Answer.objects.values_list("author", flat=True)[0]
    show("bare view", timed(client, "/health/"))
    agreement = reverse("figures:agreement", args=[dataset.pk])
    started = time.perf_counter()
    client.get(agreement)
    print(f"{'agreement, the first':30} {1000 * (time.perf_counter() - started):7.0f}")  # noqa: T201
    progress = reverse("figures:progress", args=[dataset.pk])
    pages = {
        "agreement": agreement,
        "progress, 30 days": progress,
        "progress, all time": f"{progress}?days=all",
        "progress as CSV": reverse("figures:progress_csv", args=[dataset.pk]),
        "a person, 30 days": reverse("figures:person", args=[person]),
        "a person, all time": reverse("figures:person", args=[person]) + "?days=all",
    }
    for words, url in pages.items():
        show(words, timed(client, url), f"{queries_of(client, url)} queries")


if __name__ == "__main__":
    main()
