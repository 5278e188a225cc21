"""Steps per CPU second of a training through the product beside a plain script, on the same data.

    .venv/bin/python -m tests.bench.training

The product's child runs in a job folder as a worker makes it; the plain script (plain_training.py) has the
same libraries, base, data and batches, and nothing around. One thread each, three times in turns: the median
counts. CPU seconds, as whatever else the machine does would decide about wall time.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image

from annotator.training.backends.parameters import check_parameters

CODE = Path(__file__).parents[2]
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 60), "blue": (40, 70, 230)}
STEPS, BATCH, SAMPLES, ROUNDS = 120, 8, 60, 3
TEMPLATE = '{"colour": {{colour}}}'


def fill(folder: Path) -> None:
    """A job folder of solid colours."""
    from annotator.training.backends.vlm import Vlm

    given = {"max_steps": STEPS, "epochs": 1000, "batch_size": BATCH, "validation_percent": 0}
    given |= {"compare": False, "checkpoint_steps": 60, "dropout": 0.0}
    job = {"name": "bench", "version": 1, "seed": 1, "max_tokens": 20, "prompts": [], "bases": ""}
    job["params"] = check_parameters(Vlm().parameters, given)
    job["variables"] = [{"name": "colour", "type": "string", "choices": list(COLOURS)}]
    job["templates"] = [{"text": TEMPLATE, "format": "json"}]
    (folder / "job.json").write_text(json.dumps(job))
    chance = random.Random(1)
    with (folder / "samples.jsonl").open("w") as lines:
        for number in range(SAMPLES + 4):
            name = list(COLOURS)[number % 3]
            shade = tuple(round(part * chance.uniform(0.8, 1)) for part in COLOURS[name])
            path = folder / f"{number}.png"
            Image.new("RGB", (64, 64), shade).save(path)
            part = {"path": str(path), "text": None, "resize": None, "box": None}
            row = {"id": str(number), "name": "", "images": [str(path)], "parts": [part]}
            row |= {"split": "test" if number >= SAMPLES else "train", "type": "multi_ordered"}
            row |= {
                "values": {"colour": name},
                "system": "",
                "user": "Which colour?",
                "template": 0,
            }
            row["answer"] = json.dumps({"colour": name})
            lines.write(json.dumps(row) + "\n")


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CODE), "OMP_NUM_THREADS": "1", "HOME": str(folder)}


def product_rate(folder: Path, command: list[str]) -> float:
    """Steps per CPU second from the first to the last step that the child reports."""
    (folder / "events.jsonl").write_text("")
    with (folder / "log.txt").open("w") as log:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    first = last = 0.0
    process = psutil.Process(child.pid)
    while child.poll() is None:
        events = (folder / "events.jsonl").read_text()
        training = events.partition('{"phase": "training"}')[2]
        if not first and '"step": 1,' in training:
            first = sum(process.cpu_times()[:2])
        if not last and f'"step": {STEPS}, "steps": {STEPS}' in training:
            last = sum(process.cpu_times()[:2])
        time.sleep(0.01)
    if child.returncode:
        raise SystemExit((folder / "log.txt").read_text()[-2000:])
    return (STEPS - 1) / (last - first)


def plain_rate(folder: Path, python: str) -> float:
    """What the plain script says of itself."""
    program = Path(__file__).with_name("plain_training.py")
    done = subprocess.run(
        [python, program, folder, str(STEPS), str(BATCH)],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Print the rates of each round and the median of what the product costs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    from annotator.training.backends.vlm import Vlm

    costs = []
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            fill(folder)
            command = Vlm().command(folder)
            product = product_rate(folder, command)
            plain = plain_rate(folder, command[0])
        costs.append(1 - product / plain)
        sys.stdout.write(
            f"round {number + 1}: product {product:.2f} steps per CPU s, plain {plain:.2f}, "
            f"lost {costs[-1]:.1%}\n"
        )
    sys.stdout.write(f"median lost {statistics.median(costs):.1%}\n")


if __name__ == "__main__":
    main()
