"""What a training process says of itself is recorded, whatever it says."""

import pytest

from annotator.training import supervisor
from annotator.training.models import TrainingRun
from tests.factories import make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    """A run that this process has leased."""
    run = TrainingRun.objects.create(task=make_task(), backend="vlm")
    return TrainingRun.objects.filter(pk=run.pk).take_one()


def test_a_value_that_is_no_number_has_no_point_in_its_curve(run, tmp_path):
    (tmp_path / "log.txt").touch()
    values = [0.5, float("nan"), float("inf"), 0.25]
    points = [{"metric": "loss", "step": step, "value": v} for step, v in enumerate(values)]

    supervisor._record_progress(run, points, tmp_path)

    assert list(run.metrics.values_list("step", "value")) == [(0, 0.5), (3, 0.25)]


def test_a_second_value_for_the_same_step_replaces_the_first(run, tmp_path):
    (tmp_path / "log.txt").touch()
    points = [{"metric": "loss", "step": 1, "value": value} for value in (3.0, 2.0)]

    supervisor._record_progress(run, points, tmp_path)
    supervisor._record_progress(run, [points[0] | {"value": 1.0}], tmp_path)

    assert list(run.metrics.values_list("step", "value")) == [(1, 1.0)]


def test_texts_lose_what_no_database_holds(run, tmp_path):
    (tmp_path / "log.txt").write_bytes(b"a\0b")
    events = [
        {"step": 1, "steps": 2, "message": "half \ud800"},
        {"error": "the file a\0b is gone"},
    ]

    supervisor._record_progress(run, events, tmp_path)

    run.refresh_from_db()
    assert (run.message, run.error) == ("half _", "the file a_b is gone")
    assert run.log_tail == "a_b"
