"""A worker that is lost leaves its training to the next one, and a training that loses five fails."""

import pytest
from django.utils import timezone

from annotator.leases import MAX_LOSSES
from annotator.training import jobs, supervisor
from annotator.training.models import TrainingRun
from tests.factories import make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch):
    """A queued run; every worker that begins with it dies at once."""
    monkeypatch.setattr(jobs, "enqueue_on_commit", lambda job, run_id: job(run_id))
    monkeypatch.setattr(supervisor, "supervise", lambda run: None)
    return TrainingRun.objects.create(task=make_task(), backend="baseline")


def test_a_run_is_done_again_after_each_of_four_losses_and_fails_after_the_fifth(run):
    losses = []
    for _ in range(MAX_LOSSES):
        jobs.sweep()
        jobs.sweep()  # changes nothing while the lease holds
        losses.append(TrainingRun.objects.get().losses)
        TrainingRun.objects.update(leased_until=timezone.now())

    jobs.sweep()

    run.refresh_from_db()
    assert losses == [0, 1, 2, 3, 4]
    assert run.state == TrainingRun.State.FAILED
    assert "stopped unexpectedly 5 times" in run.error


def test_a_lost_run_that_was_cancelled_ends_without_another_worker(run):
    jobs.sweep()
    TrainingRun.objects.update(leased_until=timezone.now(), cancel_requested_at=timezone.now())

    jobs.sweep()

    run.refresh_from_db()
    assert (run.state, run.lease_id) == (TrainingRun.State.CANCELLED, None)
