"""Which version is in production, and whether a new one takes its place."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.training.comparisons import compare
from annotator.training.models import ModelVersion, Task
from annotator.ui.words import percent


@dataclass(frozen=True)
class Decision:
    """Whether a new version goes into production, and why, for people."""

    is_deployed: bool
    reason: str


def decide(task: Task, new: ModelVersion) -> Decision:
    """What becomes of a new version. `new` needs its archive, and may not be stored yet.

    "Only if not worse" compares its mean score with that of the version in production, on the test samples
    of both; without common samples, the scores of the two.
    """
    if not task.auto_deploy:
        return Decision(False, "New versions are not put into production by themselves.")
    if task.production_pinned:
        return Decision(False, f"Version {task.production_version} is pinned.")
    if not task.deploy_if_not_worse or not task.production_version:
        return Decision(True, "Each new version is put into production.")
    present = ModelVersion.objects.filter(task=task, version=task.production_version).first()
    if present is None:
        return Decision(True, f"Version {task.production_version} is no longer known.")
    return _not_worse(present, new)


def _not_worse(present: ModelVersion, new: ModelVersion) -> Decision:
    variables = [row for row in compare(present, new).variables if row.pairs]
    if variables:
        old = sum(row.before or 0.0 for row in variables) / len(variables)
        score = sum(row.after or 0.0 for row in variables) / len(variables)
        where = f"on {max(len(row.pairs) for row in variables):,} common test samples"
    else:
        old, score = present.metrics.get("score"), new.metrics.get("score")
        where = "each on test samples of its own"
        if old is None or score is None:
            return Decision(False, f"It could not be compared with version {present.version}.")
    is_worse = score < old - 1e-9
    comparison = (
        f"{percent(score, 1)} against {percent(old, 1)} of version {present.version}, {where}"
    )
    return Decision(not is_worse, f"{'Worse' if is_worse else 'Not worse'}: {comparison}.")
