"""Memory runs out on one of the devices: the run begins again with half the batch, once."""

import pytest

from annotator.training import actions, jobs
from annotator.training.backends import BACKENDS
from annotator.training.backends.vlm import Vlm
from annotator.training.models import TrainingRun
from tests.training.vlm.test_trials import PROGRAM, task_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders"),
]


class ShortOfMemory(Vlm):
    """The backend on devices that hold so many samples a step; one more ends with CUDA's error."""

    holds: int

    def command(self, folder):
        command = [*super().command(folder), str(self.holds)]
        return [
            "tests.training.vlm.short_of_memory" if word == PROGRAM else word for word in command
        ]


@pytest.mark.parametrize("devices", [1, 2])
def test_out_of_memory_it_learns_the_same_with_half_the_batch(dataset, monkeypatch, devices):
    """With two processes, the second runs out of memory while the first waits for it."""
    params = {"max_steps": 12, "checkpoint_steps": 3, "dropout": 0.0}
    straight = actions.start(task_of(dataset, **params, batch_size=12), by=None)
    jobs.train(str(straight.pk))
    monkeypatch.setitem(BACKENDS, "vlm", ShortOfMemory())
    monkeypatch.setattr(ShortOfMemory, "holds", 6 // devices, raising=False)
    params |= {"batch_size": 12 // devices, "devices": devices}
    run = actions.start(task_of(dataset, **params), by=None)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    assert "half the batch" in run.log_tail
    expected, given = (
        dict(one.metrics.filter(name="loss of training").values_list("step", "value"))
        for one in (straight, run)
    )
    assert list(given) == list(range(1, 13))
    assert given == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("devices", [1, 2])
def test_out_of_memory_with_half_the_batch_too_it_fails_with_advice(dataset, monkeypatch, devices):
    monkeypatch.setitem(BACKENDS, "vlm", ShortOfMemory())
    monkeypatch.setattr(ShortOfMemory, "holds", 1, raising=False)
    params = {"max_steps": 12, "checkpoint_steps": 3, "batch_size": 8, "devices": devices}
    run = actions.start(task_of(dataset, **params), by=None)

    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert run.state == TrainingRun.State.FAILED
    assert run.error.startswith("Out of memory, also with half the batch."), run.log_tail
