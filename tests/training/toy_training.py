"""The child process of the made-up backend: a program that only knows the job folder."""

import json
import os
import sys
from pathlib import Path


def main(folder):
    job = json.loads((folder / "job.json").read_text())
    epochs, rate = job["params"]["epochs"], job["params"]["rate"]
    sys.stdout.write(f"environment: {' '.join(sorted(os.environ))}\n")
    with (folder / "events.jsonl").open("a") as events:

        def emit(**event):
            events.write(json.dumps(event) + "\n")
            events.flush()

        emit(phase="training")
        for step in range(1, epochs + 1):
            emit(metric="loss of training", step=step, value=1 / step)
            emit(metric="loss of validation", step=step, value=2 / step)
            emit(metric="learning rate", step=step, value=rate / step)
            emit(metric="seconds", step=step, value=step)
            emit(step=step, steps=epochs, message="Learning nothing")
        emit(phase="evaluating")
    (folder / "model").mkdir()
    (folder / "model" / "config.json").write_text(json.dumps(job["params"]))
    metrics = {"train_samples": 2, "test_samples": 0, "score": None, "variables": []}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "predictions.jsonl").write_text("")


main(Path(sys.argv[1]))
