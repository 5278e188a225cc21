"""A model behind an endpoint predicts: several calls at the same time, the results written in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotator.connections.tokens import decrypt
from annotator.predictions.actions import TRIAL, samples_of, source_for
from annotator.predictions.asking import Asker, Budget, JobStopped
from annotator.predictions.models import Endpoint, Prediction
from annotator.predictions.recording import Predicted, record
from annotator.predictions.samples import Question, questions
from annotator.remote.chat import ChatClient

POLL_SECONDS = 2.0
MAX_FAILED_IN_A_ROW = 5
DEFAULT_MAX_TOKENS = 1000
SLICE_SECONDS = 25.0  # of one job: then others get the worker
State = Prediction.State


class SliceEnded(Exception):
    """The time of this job is over, and something is left."""


def predict(prediction: Prediction) -> bool | None:
    """Predict for about SLICE_SECONDS; whether that was all (False: cancelled).

    None when something is left, or when it was stopped with a reason: then it has released the row. The
    caller holds the lease. Raises LeaseLost, BadInput, and RemoteUnauthorized when the key cannot be read.
    """
    endpoint = prediction.endpoint
    assert endpoint is not None  # the caller chose by that
    variables = list(prediction.dataset.variables.live())
    budget = Budget(
        endpoint,
        calls=prediction.calls,
        input_tokens=prediction.input_tokens,
        output_tokens=prediction.output_tokens,
    )
    task = prediction.task
    cancelled = threading.Event()
    with _client(endpoint) as client:
        asker = Asker(
            client,
            budget,
            variables,
            task.max_tokens if task else DEFAULT_MAX_TOKENS,
            cancelled.is_set,
        )
        samples = samples_of(prediction)
        waiting = questions(samples, prediction.dataset, variables, task)
        if prediction.is_trial:
            waiting = islice(waiting, TRIAL - prediction.done)
        work = _Work(prediction, asker, cancelled)
        try:
            return work.run(waiting)
        except JobStopped as stop:
            return work.stop(str(stop))
        except SliceEnded:
            prediction.release()
            return None


def _client(endpoint: Endpoint) -> ChatClient:
    key = decrypt(endpoint.encrypted_key) if endpoint.has_key else ""
    return ChatClient(
        endpoint.base_url, model=endpoint.model, key=key, allow=settings.PRIVATE_REMOTES
    )


class _Work:
    """The loop of one job."""

    def __init__(self, prediction: Prediction, asker: Asker, cancelled: threading.Event) -> None:
        self.prediction = prediction
        self.asker = asker
        self.cancelled = cancelled
        self.source = source_for(prediction)
        self.failed_in_a_row = 0
        self.until = time.monotonic() + SLICE_SECONDS

    def run(self, waiting: Iterator[Question]) -> bool:
        """Batch by batch; raises JobStopped after what was answered is written."""
        assert self.prediction.endpoint is not None  # as in predict
        concurrency = self.prediction.endpoint.concurrency
        with ThreadPoolExecutor(concurrency, thread_name_prefix="endpoint") as pool:
            while batch := list(islice(waiting, 2 * concurrency)):
                futures = [pool.submit(self.asker.ask, question) for question in batch]
                self._await(futures)
                self._write(futures)
                if self.cancelled.is_set():
                    return False
                if time.monotonic() > self.until and not self.failed_in_a_row:
                    raise SliceEnded  # else the next job would count from the start
        return True

    def _await(self, futures: list[Future[Predicted]]) -> None:
        """Until all have ended; meanwhile the lease is renewed and a cancellation seen."""
        left = set(futures)
        while left:
            _, left = wait(left, timeout=POLL_SECONDS)
            Prediction.objects.filter(pk=self.prediction.pk).active().renew(
                self.prediction.lease_id
            )
            if self.prediction.is_cancel_requested():
                self.cancelled.set()
                for future in left:
                    future.cancel()

    def _write(self, futures: list[Future[Predicted]]) -> None:
        """What was answered before the first that stopped; then that one's JobStopped is raised."""
        answered: list[Predicted] = []
        stop: BaseException | None = None
        for future in futures:
            if future.cancelled() or future.exception() is not None:
                stop = None if future.cancelled() else future.exception()
                break
            answered.append(future.result())
        before, budget = self.prediction, self.asker.budget
        counts = {
            name: getattr(budget, name) - getattr(before, name)
            for name in ("calls", "input_tokens", "output_tokens")
        }
        if before.is_trial:
            self._keep(answered)
        record(before, self.source, self.asker.variables, answered, **counts)
        if answered:
            for name, number in counts.items():
                setattr(before, name, getattr(before, name) + number)
        if stop is not None and not self.cancelled.is_set():
            raise stop
        self._count_failures(answered)

    def _keep(self, answered: list[Predicted]) -> None:
        """The answers of a try-out, for its page."""
        rows: list[dict[str, Any]] = [
            {
                "sample": str(each.sample),
                "values": dict(each.values),
                "confidence": dict(each.confidence),
                "raw": each.raw[:5_000].replace("\x00", "_"),
                "problem": each.problem,
            }
            for each in answered
        ]
        self.prediction.answers = [*self.prediction.answers, *rows]
        self.prediction.save(update_fields=["answers"])

    def _count_failures(self, answered: list[Predicted]) -> None:
        for each in answered:
            self.failed_in_a_row = self.failed_in_a_row + 1 if each.problem else 0
            if self.failed_in_a_row >= MAX_FAILED_IN_A_ROW and not self.prediction.is_trial:
                raise JobStopped(
                    f"Stopped: {MAX_FAILED_IN_A_ROW} samples in a row had no usable answer. The last:"
                    f" {each.problem}"
                )

    def stop(self, reason: str) -> bool | None:
        """Pause with the reason; False when it was cancelled, which needs none."""
        if self.cancelled.is_set():
            return False
        budget = self.asker.budget
        self.prediction.release(
            state=State.PAUSED,
            ended_at=timezone.now(),
            message=reason[:500],
            calls=budget.calls,
            input_tokens=budget.input_tokens,
            output_tokens=budget.output_tokens,
        )
        return None
