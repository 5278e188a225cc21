"""A worker of all queues trains one model at a time; the others wait their turn."""

import pytest

from annotator.training import jobs, supervisor
from annotator.training.models import TrainingRun
from tests.factories import make_task

pytestmark = pytest.mark.django_db


def test_a_run_names_the_worker_that_took_it(monkeypatch):
    run = TrainingRun.objects.create(task=make_task(), backend="baseline")
    monkeypatch.setattr(supervisor, "supervise", lambda run: None)
    jobs.train.push_request(hostname="training@gpu")  # as a worker does

    try:
        jobs.train.run(str(run.pk))
    finally:
        jobs.train.pop_request()

    run.refresh_from_db()
    assert run.worker == "training@gpu"


def test_a_second_run_waits_until_the_first_has_ended(monkeypatch):
    first, second = (TrainingRun.objects.create(task=make_task(), backend="baseline") for _ in "ab")
    supervised = []

    def supervise(run):
        supervised.append(run.pk)
        if run.pk == first.pk:
            jobs.train(str(second.pk))  # comes while the first goes on

    monkeypatch.setattr(supervisor, "supervise", supervise)
    jobs.train(str(first.pk))
    assert supervised == [first.pk]
    assert TrainingRun.objects.get(pk=second.pk).lease_id is None

    jobs.train(str(second.pk))

    assert supervised == [first.pk, second.pk]
