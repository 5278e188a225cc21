"""The page that goes with a model: what it is for, what it was trained on, how good it is and is not."""

from __future__ import annotations

from typing import Any

from annotator.training.models import TrainingRun


def model_card(run: TrainingRun, metrics: dict[str, Any], version: int) -> str:
    """Markdown with the usual YAML head."""
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
        "## How good it is",
        "",
        *_table(metrics),
        "",
        "The trivial answer is the median of numbers and otherwise the most frequent value: what one would",
        "say without looking. The interval holds the true score with 95 % confidence.",
        "",
        "## How to use it",
        "",
        "`config.json` names the kind of model; `prompts.json` and `schema.json` say what is asked and",
        "answered; `predictions.jsonl` holds every prediction on the test samples beside what was expected.",
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
