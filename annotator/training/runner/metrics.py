"""The evaluation per variable, beside a trivial baseline, always with n (docs/training.md#metrics)."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from annotator.agreement.shares import Z, wilson
from annotator.agreement.texts import folded
from annotator.training.runner.scores import score
from annotator.variables import Metric, VariableSpec


def trivial_value(spec: VariableSpec, known: Sequence[Any]) -> Any:
    """The answer that ignores the images: the median of numbers, else the most frequent value."""
    given = [value for value in known if value is not None]
    if not given:
        return None
    if spec.type_rules.metric == Metric.DISTANCE:
        return sorted(given, key=spec.type_rules.as_number)[(len(given) - 1) // 2]
    counted = Counter(json.dumps(value, sort_keys=True) for value in given)
    return json.loads(min(counted, key=lambda key: (-counted[key], key)))


def evaluate(
    spec: VariableSpec, expected: Sequence[Any], predicted: Sequence[Any], known: Sequence[Any]
) -> dict[str, Any]:
    """The figures of one variable on the test samples; `known` are the training values.

    `score` is 0–1, `score_low`–`score_high` its 95 % interval, `trivial` the score of the trivial answer,
    `details` what is usual for the type.
    """
    spread = _spread(spec, [*known, *expected])
    trivial = trivial_value(spec, known)
    scores = [score(spec, e, p, spread=spread) for e, p in zip(expected, predicted, strict=True)]
    low, high = interval(scores)
    return {
        "name": spec.name,
        "type": spec.type,
        "n": len(scores),
        "metric": main_metric(spec),
        "score": _mean(scores),
        "score_low": low,
        "score_high": high,
        "trivial": _mean([score(spec, e, trivial, spread=spread) for e in expected]),
        "trivial_answer": trivial,
        "details": details(spec, expected, predicted),
        "scores": scores,
    }


def main_metric(spec: VariableSpec) -> str:
    """What `score` measures, for people."""
    return METRIC_NAMES[spec.type_rules.metric]


METRIC_NAMES = {
    Metric.DISTANCE: "1 − mean error ÷ range",
    Metric.TEXT: "ANLS",
    Metric.ENTRIES: "F1 of entries",
    Metric.MEMBERS: "mean over members",
    Metric.EXACT: "accuracy",
}


def details(
    spec: VariableSpec, expected: Sequence[Any], predicted: Sequence[Any]
) -> dict[str, Any]:
    """The usual figures of the type."""
    pairs = list(zip(expected, predicted, strict=True))
    exact = _mean([float(e == p) for e, p in pairs])
    rules = spec.type_rules
    if rules.metric == Metric.DISTANCE:
        return {"exact": exact, **_errors(spec, pairs)}
    if rules.metric == Metric.EXACT:
        return {"exact": exact, **_classes(pairs)}
    if rules.metric == Metric.TEXT:
        same = [float(folded(str(e or "")) == folded(str(p or ""))) for e, p in pairs]
        return {"exact": exact, "exact_ignoring_case": _mean(same)}
    return {"exact": exact}


def _errors(spec: VariableSpec, pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    """The errors of the numbers that were predicted, and how many of all known ones are near.

    Without any prediction there is no error to tell.
    """
    rules = spec.type_rules
    known = [(e, p) for e, p in pairs if e is not None]
    errors = [abs(rules.as_number(e) - rules.as_number(p)) for e, p in known if p is not None]
    near = float(getattr(rules, "step_size", None) or 1)
    figures = {
        "within": near,
        "share_within": sum(error <= near + 1e-9 for error in errors) / max(1, len(known)),
    }
    if errors:
        figures["mean_absolute_error"] = _mean(errors)
        figures["root_mean_square_error"] = math.sqrt(_mean([error**2 for error in errors]))
    return figures


def _classes(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    """Precision, recall and F1 per class, their mean, and the confusion counts."""
    names = sorted({json.dumps(value) for pair in pairs for value in pair if value is not None})
    count = Counter((json.dumps(e), json.dumps(p)) for e, p in pairs)
    rows = []
    for name in names:
        right = count[name, name]
        support = sum(number for (e, _), number in count.items() if e == name)
        predicted = sum(number for (_, p), number in count.items() if p == name)
        f1 = 2 * right / (support + predicted) if support + predicted else 0.0
        rows.append(
            {
                "class": json.loads(name),
                "support": support,
                "precision": right / predicted if predicted else 0.0,
                "recall": right / support if support else 0.0,
                "f1": f1,
            }
        )
    confusion = [
        {"expected": json.loads(e), "predicted": json.loads(p), "count": number}
        for (e, p), number in sorted(count.items())
    ]
    return {"macro_f1": _mean([row["f1"] for row in rows]), "classes": rows, "confusion": confusion}


def interval(scores: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the mean: Wilson's for rights and wrongs, else the normal one, within 0–1."""
    n = len(scores)
    if not n:
        return 0.0, 1.0
    mean = _mean(scores)
    if set(scores) <= {0.0, 1.0}:
        return wilson(sum(scores), n)
    half = Z * statistics.stdev(scores) / math.sqrt(n) if n > 1 else 1.0
    return max(0.0, mean - half), min(1.0, mean + half)


def headline(variables: Sequence[dict[str, Any]]) -> float | None:
    """The mean of the variables' scores; None without any test sample."""
    scores = [variable["score"] for variable in variables if variable["n"]]
    return _mean(scores) if scores else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _spread(spec: VariableSpec, values: Sequence[Any]) -> float:
    """The range of the values, where the metric is a distance; else 0."""
    if spec.type_rules.metric != Metric.DISTANCE:
        return 0.0
    numbers = [spec.type_rules.as_number(value) for value in values if value is not None]
    return max(numbers) - min(numbers) if numbers else 0.0
