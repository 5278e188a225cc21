"""What a page says of how far a run is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.training.models import TrainingRun
from annotator.training.queries import progress
from tests.factories import make_task

pytestmark = pytest.mark.django_db


def test_what_is_left_of_a_phase_is_estimated_by_the_time_of_that_phase():
    run = TrainingRun(
        task=make_task(),
        backend="vlm",
        state=TrainingRun.State.EVALUATING,
        started_at=timezone.now() - timedelta(days=3),
        phase_seconds={"training": 30_000, "evaluating": 20},
        step=10,
        steps=50,
    )

    shown = progress(run)

    assert (shown.value, shown.total, shown.rate) == (10, 50, "0.5 a second")
    assert shown.seconds_left == 80


def test_nothing_is_estimated_at_the_beginning_of_a_phase():
    run = TrainingRun(
        task=make_task(), backend="vlm", state=TrainingRun.State.TRAINING, step=1, steps=50
    )

    assert progress(run).seconds_left is None
