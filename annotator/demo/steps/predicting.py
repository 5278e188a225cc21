"""Lets a task of Studio predict what is to be labeled there, and its test samples, which it has not seen.

So the labeling page has suggestions, and there are disagreements with accepted values.
"""

from __future__ import annotations

from annotator.datasets.models import Dataset
from annotator.demo.models import Step
from annotator.demo.sets import SETS
from annotator.demo.steps.training import WAIT_SECONDS, train_once
from annotator.errors import BadInput
from annotator.predictions import actions, jobs
from annotator.predictions.models import Prediction
from annotator.training.actions import create_task
from annotator.training.models import ModelVersion, Task


def step(step: Step) -> float | None:
    """Train Studio's task unless it is trained, request both predictions, and wait for their ends."""
    dataset = step.studio_dataset()
    if dataset is None or step.demo.admin is None:
        return None
    task = studio_task(dataset, step)
    if task.removed_at is not None:
        return None
    wait_seconds = train_once(task, by=step.demo.admin)
    version = ModelVersion.objects.filter(task=task).order_by("-version").first()
    if wait_seconds is not None or version is None:
        return wait_seconds
    waits = [predict_once(dataset, version, step, is_test=is_test) for is_test in (False, True)]
    return max((wait for wait in waits if wait is not None), default=None)


def predict_once(
    dataset: Dataset, version: ModelVersion, step: Step, *, is_test: bool
) -> float | None:
    """Request what is to be labeled, or the test samples; seconds to wait, None when it has ended."""
    filter_ = "split=test" if is_test else ""
    known = Prediction.objects.filter(dataset=dataset, version=version, filter=filter_).first()
    if known is not None:
        return WAIT_SECONDS if known.is_active else None
    try:
        prediction = actions.start(
            dataset,
            by=step.demo.admin,
            version=version,
            filter=filter_,
            is_unlabeled_only=not is_test,
        )
    except BadInput:  # there is none
        return None
    jobs.enqueue(prediction)
    return WAIT_SECONDS


def studio_task(dataset: Dataset, step: Step) -> Task:
    """The task on Studio's dataset that is trained here; made where the set's own is Platform's."""
    task = Task.objects.filter(datasets=dataset, remote_key=None).first()
    return task or create_task(
        dataset.workspace,
        by=step.demo.admin,
        name=f"{SETS[step.set_key].task}, trained here",
        description=f"Trained on {dataset.name}.",
        datasets=[dataset],
        system_prompt=dataset.system_prompt,
        user_prompt=dataset.user_prompt,
    )
