"""Reads a model's answers with the templates they were asked for, and scores them.

`python -m annotator.training.runner.scoring FOLDER [--report TRAINED_ON]` reads answers.jsonl of a job folder
and prints the scores by variable as JSON. With --report it also writes metrics.json and predictions.jsonl,
and trains the baseline for comparison. Runs in the app's own Python, without Django's settings.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.training.backends.baseline import Baseline
from annotator.training.backends.parameters import check_parameters
from annotator.training.runner.job import Job, JobSample
from annotator.training.runner.metrics import evaluate
from annotator.training.runner.report import ModelAnswer, write_report
from annotator.training.runner.specs import all_specs, used_specs
from annotator.variables import (
    Reading,
    Template,
    VariableSpec,
    learn_template,
    read,
)

BASELINE = "baseline"  # the folder of the comparison


def main(arguments: Sequence[str]) -> int:
    """Score the answers that there are: of the first test samples while training, of all at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", type=int, metavar="TRAINED_ON")
    options = parser.parse_args(arguments)
    job = Job(options.folder)
    answers = [json.loads(line) for line in (job.folder / "answers.jsonl").read_text().splitlines()]
    train, test = job.samples("train"), job.samples("test")[: len(answers)]
    specs = used_specs(job, [*train, *job.samples("test")])
    templates = read_templates(job)
    rows = job.rows("test")[: len(answers)]
    readings = [
        read(templates[row["template"]], given["raw"])
        for row, given in zip(rows, answers, strict=True)
    ]
    evaluations = [evaluate_variable(spec, train, test, readings) for spec in specs]
    if options.report is not None:
        model_answers = [
            model_answer(given, reading, templates[row["template"]])
            for given, reading, row in zip(answers, readings, rows, strict=True)
        ]
        more: dict[str, Any] = {"answers": summary(answers, readings, evaluations)}
        if job.params["compare"] and test:
            more["baseline"] = train_baseline(job)
        write_report(
            job.folder,
            test,
            evaluations,
            trained_on=options.report,
            answers=model_answers,
            more=more,
        )
    scores = {row["name"]: row["score"] for row in evaluations if row["n"]}
    sys.stdout.write(json.dumps(scores))
    return 0


def read_templates(job: Job) -> list[Template]:
    """The job's templates, in their order."""
    specs = all_specs(job)
    return [learn_template(row["text"], row["format"], specs) for row in job.config["templates"]]


def evaluate_variable(
    spec: VariableSpec,
    train: Sequence[JobSample],
    test: Sequence[JobSample],
    readings: Sequence[Reading],
) -> dict[str, Any]:
    """The evaluation of one variable; what could not be read counts as nothing predicted."""
    expected = [sample.values.get(spec.name) for sample in test]
    predicted = [reading.values.get(spec.name) for reading in readings]
    known = [sample.values.get(spec.name) for sample in train]
    figures = evaluate(spec, expected, predicted, known)
    # An answer that cannot be read is wrong, also where no value was expected.
    unread = [spec.name in reading.problems for reading in readings]
    return {**figures, "expected": expected, "predicted": predicted} | without(figures, unread)


def without(figures: Mapping[str, Any], unread: Sequence[bool]) -> dict[str, Any]:
    """The scores with 0 for what could not be read, and their mean."""
    pairs = zip(figures["scores"], unread, strict=True)
    scores = [0.0 if is_unread else score for score, is_unread in pairs]
    return {"scores": scores, "score": sum(scores) / len(scores) if scores else 0.0}


def model_answer(given: Mapping[str, Any], reading: Reading, template: Template) -> ModelAnswer:
    """One answer with its values' confidence."""
    return ModelAnswer(
        raw=given["raw"],
        repairs=reading.steps,
        problems=reading.problems,
        confidence=confidences(given["raw"], given["pieces"], reading.values, template),
        tokens=given["tokens"],
        seconds=given["seconds"],
        is_cut=given["is_cut"],
    )


def confidences(
    raw: str,
    pieces: Sequence[tuple[int, int, float]],
    values: Mapping[str, Any],
    template: Template,
) -> dict[str, float | None]:
    """By variable, the geometric mean of the probabilities of the tokens that its value was written with.

    A value's place is searched after the words that stand before it in the template, in their order.
    """
    chances: dict[str, float | None] = {}
    offset = 0
    for place in template.places:
        name = place.name
        if name in chances or name not in values:
            continue
        before = template.text[: place.start].rpartition("}}")[2].strip()
        at = raw.find(before, offset)
        start = at + len(before) if at >= 0 else offset
        text = written_as(template.specs[name], values[name], raw, start)
        if text is None:
            chances[name] = None
            continue
        begin = raw.index(text, start)
        offset = begin + len(text)
        logs = [log for first, last, log in pieces if first < offset and last > begin]
        chances[name] = math.exp(sum(logs) / len(logs)) if logs else None
    return chances


def written_as(spec: VariableSpec, value: Any, raw: str, start: int) -> str | None:
    """How the value stands in the text from `start` on; None where it is not to be seen."""
    forms = [json.dumps(value, ensure_ascii=False), json.dumps(value), spec.text(value)]
    inside = [form[1:-1] for form in forms[:2] if form.startswith('"')]
    return next((form for form in [*inside, *forms] if form and raw.find(form, start) >= 0), None)


def summary(
    answers: Sequence[Mapping[str, Any]],
    readings: Sequence[Reading],
    evaluations: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What the answers are like as a whole (docs/training.md#predictions)."""
    number = len(answers)
    if not number:
        return {"n": 0}
    right = [all(row["scores"][at] == 1 for row in evaluations) for at in range(number)]
    return {
        "n": number,
        "valid": sum(reading.complete for reading in readings) / number,
        "repaired": sum(bool(reading.steps) for reading in readings) / number,
        "exact": sum(right) / number,
        "empty": sum(not given["raw"] for given in answers) / number,
        "cut": sum(given["is_cut"] for given in answers) / number,
        "tokens_mean": sum(given["tokens"] for given in answers) / number,
        "seconds_mean": sum(given["seconds"] for given in answers) / number,
    }


def train_baseline(job: Job) -> dict[str, Any]:
    """Train the baseline on the same samples in a process of their own; their scores."""
    backend = Baseline()
    folder = job.folder / BASELINE
    folder.mkdir(exist_ok=True)
    params = check_parameters(backend.parameters, {})
    (folder / "job.json").write_text(json.dumps({**job.config, "params": params}))
    (folder / "samples.jsonl").write_bytes((job.folder / "samples.jsonl").read_bytes())
    child = subprocess.Popen(backend.command(folder), stdin=subprocess.PIPE, stdout=sys.stderr)
    if child.wait():
        return {}
    metrics = json.loads((folder / "metrics.json").read_text())
    scores = {row["name"]: row["score"] for row in metrics["variables"]}
    return {"score": metrics["score"], "variables": scores}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
