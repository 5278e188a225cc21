"""Predictions are requested, cancelled and resumed."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts import audit
from annotator.accounts.models import User
from annotator.datasets.models import Dataset, Sample, SampleQuerySet
from annotator.datasets.queries.filters import read_text
from annotator.errors import BadInput, WrongState
from annotator.predictions.models import Endpoint, Prediction
from annotator.suggestions.actions import source_of
from annotator.suggestions.models import Source
from annotator.training.backends import BACKENDS
from annotator.training.models import ModelVersion, Task

TRIAL = 5  # samples of a try-out
State = Prediction.State


@transaction.atomic
def start(
    dataset: Dataset,
    *,
    by: User | None,
    version: ModelVersion | None = None,
    endpoint: Endpoint | None = None,
    task: Task | None = None,
    filter: str = "",
    is_unlabeled_only: bool = True,
    is_trial: bool = False,
) -> Prediction:
    """Request a prediction, or a try-out of an endpoint on the first TRIAL samples.

    The caller enqueues it, and the sweep finds one whose message was lost. Raises BadInput when the filter
    makes no sense or finds nothing, or when this version cannot predict here.
    """
    if version is not None:
        _check_version(version)
    prediction = Prediction(
        dataset=dataset,
        version=version,
        endpoint=endpoint,
        task=task or (version.task if version else None),
        filter=filter,
        is_unlabeled_only=is_unlabeled_only,
        requested_by=by,
        is_trial=is_trial,
    )
    prediction.total = samples_of(prediction).count()
    if is_trial:
        prediction.total = min(prediction.total, TRIAL)
    if not prediction.total:
        raise BadInput("No sample matches: there is nothing to predict.")
    prediction.save()
    audit.record("prediction.start", workspace=dataset.workspace, by=by, target=dataset)
    return prediction


def _check_version(version: ModelVersion) -> None:
    backend = BACKENDS.get(version.backend)
    if backend is None or not version.archive:
        raise BadInput("This version was trained elsewhere: it can't predict on this server.")
    availability = backend.availability()
    if not availability.ok:
        raise BadInput(availability.advice)


def samples_of(prediction: Prediction) -> SampleQuerySet:
    """The samples that are left, in order. BadInput when its filter makes no sense (any more)."""
    dataset = prediction.dataset
    samples = Sample.objects.in_dataset(dataset)
    if prediction.filter:
        narrowed = read_text(dataset, prediction.filter)
        if narrowed.problems:
            raise BadInput(" ".join(narrowed.problems))
        samples = narrowed.apply(samples)
    if prediction.is_unlabeled_only:
        samples = samples.to_predict()
    if prediction.after is not None:
        samples = samples.filter(pk__gt=prediction.after)
    return samples.order_by("pk")


def source_for(prediction: Prediction) -> Source:
    """The source that its suggestions come from."""
    workspace = prediction.dataset.workspace
    if prediction.version is not None:
        name, version = prediction.version.task.name, str(prediction.version.version)
        return source_of(workspace, kind=Source.Kind.VERSION, name=name, version=version)
    assert prediction.endpoint is not None  # a constraint: it has one of the two
    return source_of(
        workspace,
        kind=Source.Kind.ENDPOINT,
        name=prediction.endpoint.name,
        version=prediction.endpoint.model[: Source.VERSION_LENGTH],
    )


def cancel(prediction: Prediction, *, by: User | None) -> None:
    """Request that it stops; one that no worker has ends at once. WrongState when it has ended."""
    if not prediction.request_cancel():
        raise WrongState("This prediction has ended, or is being stopped already.")
    audit.record(
        "prediction.cancel",
        workspace=prediction.dataset.workspace,
        by=by,
        target=prediction.dataset,
    )


def resume(prediction: Prediction, *, by: User | None) -> None:
    """Let a stopped one go on after its checkpoint. WrongState when it is done or goes on already."""
    ended = Prediction.objects.filter(
        pk=prediction.pk, state__in=[State.PAUSED, State.FAILED, State.CANCELLED]
    )
    fresh = {"state": State.QUEUED, "ended_at": None, "cancel_requested_at": None, "error": ""}
    if not ended.update(**fresh, message="", lease_id=None, leased_until=None, losses=0):
        raise WrongState("This prediction is done, or goes on already.")
    audit.record(
        "prediction.resume",
        workspace=prediction.dataset.workspace,
        by=by,
        target=prediction.dataset,
    )
