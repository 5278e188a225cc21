"""Celery entry points of the room."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from annotator.errors import AnnotatorError
from annotator.leases import LeaseLost
from annotator.predictions import elsewhere, local
from annotator.predictions.models import Prediction
from annotator.queueing import enqueue_on_commit

log = logging.getLogger(__name__)
State = Prediction.State
_one_at_a_time = threading.Lock()  # of our own versions: the machine has few processors to give


# Early acknowledgement: a long job would be given to a second worker after the visibility timeout.
@shared_task(acks_late=False, reject_on_worker_lost=False, time_limit=None, soft_time_limit=None)
def predict(prediction_id: str) -> None:
    """Do one prediction, if it waits and this worker does no other. Idempotent: it goes on where it was."""
    if not _one_at_a_time.acquire(blocking=False):
        return  # the sweep enqueues it again
    try:
        work(prediction_id, local.predict)
    finally:
        _one_at_a_time.release()


@shared_task(acks_late=False, reject_on_worker_lost=False, time_limit=None, soft_time_limit=None)
def ask_endpoint(prediction_id: str) -> None:
    """Go on with a prediction by an endpoint for a while, then enqueue the rest. Idempotent."""
    work(prediction_id, elsewhere.predict)
    if Prediction.objects.filter(pk=prediction_id).active().free().exists():
        enqueue_on_commit(ask_endpoint, prediction_id)


def work(prediction_id: str, do: Callable[[Prediction], bool | None]) -> None:
    """Take the lease, do the work and write how it ended.

    `do` says whether all was done (False: it was cancelled), or None when it has written the state itself.
    """
    waiting = Prediction.objects.filter(pk=prediction_id).active()
    related = ("dataset__workspace", "version__task", "endpoint", "task")
    prediction = waiting.select_related(*related).take_one(state=State.RUNNING)
    if prediction is None:
        return
    if prediction.started_at is None:
        prediction.renew(started_at=timezone.now())
    try:
        is_whole = do(prediction)
    except LeaseLost:
        log.warning("prediction %s was taken over by another worker", prediction_id)
    except (AnnotatorError, RuntimeError, OSError, ValueError, KeyError) as error:
        log.exception("prediction %s failed", prediction_id)
        _end(prediction, State.FAILED, error=str(error)[:5000])
    else:
        if is_whole is not None:
            _end(prediction, State.DONE if is_whole else State.CANCELLED, **_left_out(prediction))


def _left_out(prediction: Prediction) -> dict[str, str]:
    """A message about the samples that were not predicted, where the job is whole."""
    prediction.refresh_from_db(fields=["total", "done", "cancel_requested_at"])
    left = prediction.total - prediction.done
    if left <= 0 or prediction.cancel_requested_at is not None:
        return {}
    return {"message": f"{left:,} samples were left out: they have no picture here."}


def _end(prediction: Prediction, state: str, **fields: str) -> None:
    prediction.release(state=state, ended_at=timezone.now(), **fields)


def enqueue(prediction: Prediction) -> None:
    """Enqueue a requested prediction once its transaction is committed."""
    job = predict if prediction.endpoint_id is None else ask_endpoint
    enqueue_on_commit(job, str(prediction.pk))


@shared_task
def sweep() -> None:
    """Enqueue the predictions that wait, or whose worker died."""
    Prediction.objects.end_lost()
    for prediction in Prediction.objects.active().free().order_by("created_at")[:20]:
        enqueue(prediction)
