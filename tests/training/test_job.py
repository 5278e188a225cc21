"""What a training process tells through its job folder."""

import json
import signal

import pytest

from annotator.training.runner.job import Job


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job of this process, which keeps its own handlers of signals."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    (tmp_path / "job.json").write_text('{"params": {}}')
    job = Job(tmp_path)
    yield job
    job._events.close()


def test_an_evaluation_between_two_steps_leaves_the_number_of_the_step(job):
    job.report(30, 100, "8 samples a second")

    job.note("Answering test samples, 16 of 50")

    events = [json.loads(line) for line in (job.folder / "events.jsonl").read_text().splitlines()]
    assert [(event["step"], event["steps"]) for event in events] == [(30, 100), (30, 100)]
    assert events[1]["message"] == "Answering test samples, 16 of 50"
