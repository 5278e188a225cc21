"""The README of a model's archive: its purpose, its training data, its evaluation and limits."""

from __future__ import annotations

from typing import Any

from annotator.training.models import TrainingRun


def model_card(run: TrainingRun, metrics: dict[str, Any], version: int) -> str:
    """Markdown with a YAML header."""
    snapshot = run.snapshot
    lines = [
        "---",
        "library_name: annotator",
        "pipeline_tag: image-text-to-text",
        f"tags: [{run.backend}]",
        "---",
        "",
        f"# {run.task.name}, version {version}",
        "",
        run.task.description,
        "",
        f"Backend: {run.backend}. Trained on {metrics['train_samples']} samples, "
        f"tested on {metrics['test_samples']}; {snapshot.get('excluded', 0)} were left out.",
        f"Data hash: {snapshot.get('hash', '')}.",
        "",
        "## Evaluation",
        "",
        *_table(metrics),
        "",
        "The trivial answer is the median of numbers and otherwise the most frequent value, whatever the",
        "image shows. The interval contains the mean score with 95 % confidence.",
        "",
        "## Use",
        "",
        "`config.json` names the type of model; `prompts.json` and `schema.json` hold the prompts and the",
        "variables; `predictions.jsonl` holds every prediction on the test samples with the expected value.",
    ]
    return "\n".join(lines) + "\n"


def _table(metrics: dict[str, Any]) -> list[str]:
    if not metrics["test_samples"]:
        return ["Not evaluated: there were no test samples."]
    rows = [
        "| variable | metric | score | 95 % interval | trivial answer | n |",
        "|---|---|---|---|---|---|",
    ]
    for variable in metrics["variables"]:
        interval = f"{variable['score_low']:.2f}–{variable['score_high']:.2f}"
        rows.append(
            f"| {variable['name']} | {variable['metric']} | {variable['score']:.3f} | {interval} "
            f"| {variable['trivial']:.3f} | {variable['n']} |"
        )
    return rows
