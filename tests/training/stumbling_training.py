"""A child process that is killed after its first checkpoint, and goes on from it when it is started again.

With another `stumble` in the job's parameters it runs out of `memory` before the checkpoint, until the batch
is halved, or `always`; or it waits for SIGTERM instead, and ends early for SIGUSR1.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from annotator.training.runner import CANCELLED
from annotator.training.runner.checkpoints import newest_whole, path_of, seal, step_of
from annotator.training.runner.job import Job, Stopped

STEPS = 6


def save(job, step):
    path = path_of(job.folder, step)
    path.mkdir(parents=True)
    (path / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    seal(path)


def train(job):
    job.phase("training")
    newest = newest_whole(job.folder)
    first = step_of(newest) if newest else 0
    job.resumed(first)
    job.left_out("00000000-0000-0000-0000-000000000001", "some sample", "It is too long")
    for step in range(first + 1, STEPS + 1):
        job.metric("loss", step, float(step + (0 if newest or job.has_half_batch else 100)))
        job.report(step, STEPS)
        if step == 2 and is_short_of_memory(job):
            job.halve_batch()
            raise MemoryError
        if step == 3:
            save(job, step)
        if not newest and step == 5 and job.params["stumble"] != "memory":
            if job.params["stumble"] == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            wait_for_a_signal(job)
            if job.is_ending_early:
                return step
    return STEPS


def is_short_of_memory(job):
    return job.params["stumble"] == "always" or (
        job.params["stumble"] == "memory" and not job.has_half_batch
    )


def wait_for_a_signal(job):
    while not (job.is_stopping or job.is_ending_early):
        time.sleep(0.01)
    if job.is_stopping:
        raise Stopped


def main(folder):
    job = Job(folder)
    try:
        steps = train(job)
    except Stopped:
        return CANCELLED
    (folder / "model").mkdir()
    (folder / "model" / "config.json").write_text(json.dumps({"steps": steps}))
    metrics = {"train_samples": 2, "test_samples": 0, "score": None, "variables": []}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "predictions.jsonl").write_text("")
    return 0


sys.exit(main(Path(sys.argv[1])))
