"""Mirrors one of Platform's datasets into Studio, over HTTP, as an admin would."""

from __future__ import annotations

from annotator.connections import actions as connections
from annotator.datasets.actions import change_variable, update_dataset
from annotator.datasets.models import Dataset
from annotator.demo.models import Step
from annotator.demo.sets import SETS
from annotator.mirror import jobs
from annotator.mirror.actions import resume, start_mirror
from annotator.mirror.models import MirrorRun
from annotator.queueing import enqueue_on_commit

WAIT_SECONDS = 2.0
BLIND_PERCENT = 25  # of the samples: enough to compare with those that show suggestions
MAX_RETRIES = 5  # the web server comes up while the first one may be under way


def step(step: Step) -> float | None:
    """Start the run, wait for its end; retry it a few times if it failed."""
    remote = step.demo.remote
    if remote is None or step.dataset.removed_at is not None:
        return None
    if remote.checked_at is None:
        connections.test(remote, by=step.demo.admin)  # the web server may not be up yet
        return WAIT_SECONDS
    remote_id = str(step.dataset_id)
    run = MirrorRun.objects.filter(source=remote, remote_dataset_id=remote_id).first()
    if run is None:
        run = start_mirror(remote, remote_id, step.demo.admin, name=step.dataset.name)
        enqueue_on_commit(jobs.run_steps, str(run.pk))
        return WAIT_SECONDS
    if run.is_active:
        return WAIT_SECONDS
    if run.state == MirrorRun.State.FAILED and step.done < MAX_RETRIES:
        Step.objects.filter(pk=step.pk).update(done=step.done + 1)
        resume(run, by=step.demo.admin)
        enqueue_on_commit(jobs.run_steps, str(run.pk))
        return WAIT_SECONDS
    if run.dataset is not None:
        describe_entries(run.dataset, step)
    return None


def describe_entries(dataset: Dataset, step: Step) -> None:
    """Set here what the API has no field for: entries of lists and objects (Q14), how many are blind."""
    update_dataset(dataset, by=step.demo.admin, blind_percent=BLIND_PERCENT)
    schemas = {
        variable["name"]: variable["item_schema"]
        for variable in SETS[step.set_key].variables
        if "item_schema" in variable
    }
    for variable in dataset.variables.live().filter(name__in=schemas, item_schema__isnull=True):
        change_variable(variable, by=step.demo.admin, item_schema=schemas[variable.name])
