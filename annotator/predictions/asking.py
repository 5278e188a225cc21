"""An endpoint answers one sample: the request as in a training, retries with their waits, caps of the job."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from annotator.datasets.models import Variable
from annotator.datasets.rendering import learned_template, plain_template
from annotator.errors import (
    BadInput,
    RemoteRefused,
    RemoteUnauthorized,
    RemoteUnavailable,
    StorageError,
)
from annotator.images import files
from annotator.leases import backoff_seconds
from annotator.predictions.confidence import confidences
from annotator.predictions.models import Endpoint
from annotator.predictions.recording import Predicted, read_answer
from annotator.predictions.samples import Question
from annotator.remote.chat import ChatAnswer, ChatClient, ChatRequest, OutOfMoney
from annotator.variables import json_schema, read

TRIES = 4
FIRST_WAIT_SECONDS = 2.0  # at most: 1, 2 and 4 seconds on average
LONGEST_WAIT_SECONDS = 120.0  # a server that asks for more pauses the job
MILLION = Decimal(1_000_000)
ABOUT_THE_SAMPLE = {400, 413, 422}  # such as too many pictures; other refusals are about all calls
ENDING = (RemoteUnauthorized, OutOfMoney)  # no further call will be answered


class JobStopped(Exception):
    """The job must stop, for a reason that a person has to read; it may be resumed."""


@dataclass
class Budget:
    """The caps of one job, and what it has spent so far. Shared by the threads that call."""

    endpoint: Endpoint
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def cost(self) -> Decimal:
        """In the currency of the endpoint's prices."""
        endpoint = self.endpoint
        sent = self.input_tokens * endpoint.input_price
        return (sent + self.output_tokens * endpoint.output_price) / MILLION

    def take_call(self) -> None:
        """Count one more call. Raises JobStopped when a cap is reached."""
        endpoint = self.endpoint
        with self.lock:
            if endpoint.max_calls and self.calls >= endpoint.max_calls:
                raise JobStopped(_capped(f"{endpoint.max_calls:,} calls"))
            if (
                endpoint.max_tokens
                and self.input_tokens + self.output_tokens >= endpoint.max_tokens
            ):
                raise JobStopped(_capped(f"{endpoint.max_tokens:,} tokens"))
            if endpoint.max_cost and self.cost >= endpoint.max_cost:
                raise JobStopped(_capped(f"a cost of {endpoint.max_cost.normalize():f}"))
            self.calls += 1

    def add(self, request: ChatRequest, answer: ChatAnswer) -> None:
        """Add what the answer says it took; estimated, a token for four characters, where it does not say."""
        sent, received = answer.input_tokens, answer.output_tokens
        with self.lock:
            self.input_tokens += _estimate(request.messages) if sent is None else sent
            self.output_tokens += len(answer.text) // 4 + 1 if received is None else received


def _capped(what: str) -> str:
    return (
        f"Stopped: the cap of {what} for one job is reached. Raise it on the endpoint, then resume."
    )


def _estimate(messages: list[dict[str, Any]]) -> int:
    """1,000 tokens for a picture, one for four characters."""
    parts = [part for message in messages for part in message["content"]]
    return sum(
        1000 if part["type"] == "image_url" else len(part["text"]) // 4 + 1 for part in parts
    )


@dataclass(frozen=True)
class Asker:
    """Asks the endpoint about samples. `is_cancelled` ends a wait early."""

    client: ChatClient
    budget: Budget
    variables: Sequence[Variable]
    max_tokens: int
    is_cancelled: Callable[[], bool]

    def ask(self, question: Question) -> Predicted:
        """What the model says of one sample; `problem` tells why there is nothing.

        Raises JobStopped when no further call makes sense.
        """
        sample = question.sample
        if not question.is_usable:
            return Predicted(sample=sample.pk, problem="It has no picture here.")
        try:
            request = self._request(question)
            answer = self._answer(request)
            if answer.was_schema_sent and self.client.dialect.keeps_schema is None:
                self.client.learn(keeps_schema=self._keeps_to_schema(question, answer))
                if not self.client.dialect.knows_schema:
                    answer = self._answer(request)
        except ENDING as error:
            raise JobStopped(str(error)) from error
        except RemoteRefused as refusal:
            if refusal.status not in ABOUT_THE_SAMPLE:
                raise JobStopped(str(refusal)) from refusal
            return Predicted(sample=sample.pk, problem=str(refusal))
        except StorageError as error:  # which is not the fault of the picture
            raise JobStopped(f"{error}. Resume when it works again.") from error
        except OSError:
            return Predicted(sample=sample.pk, problem="A picture's file is damaged or missing.")
        return self._read(question, answer)

    def _request(self, question: Question) -> ChatRequest:
        """System and user prompt as in a training, the pictures before the text."""
        specs = [variable.spec for variable in self.variables]
        schema = json_schema(specs, "strict")
        parts: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": self._data_url(image), "detail": "auto"}}
            for image in question.images
        ]
        parts.append({"type": "text", "text": question.rendered.user or "Look at the picture."})
        messages: list[dict[str, Any]] = [{"role": "user", "content": parts}]
        if question.rendered.system:
            system = [{"type": "text", "text": question.rendered.system}]
            messages.insert(0, {"role": "system", "content": system})
        hint = f"Answer with JSON of this schema alone: {json.dumps(schema, ensure_ascii=False)}"
        return ChatRequest(messages=messages, max_tokens=self.max_tokens, schema=schema, hint=hint)

    def _data_url(self, image: Any) -> str:
        data = files.jpeg(image, max_side_px=self.budget.endpoint.image_px)
        return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"

    def _answer(self, request: ChatRequest) -> ChatAnswer:
        """TRIES calls at most, with growing waits between, `Retry-After` honoured."""
        for attempt in range(TRIES):
            self.budget.take_call()
            try:
                answer = self.client.ask(request)
            except RemoteUnavailable as error:
                if attempt == TRIES - 1:
                    raise JobStopped(f"The endpoint failed {TRIES} times: {error}") from error
                self._wait(attempt, error.retry_after_seconds)
            else:
                self.budget.add(request, answer)
                return answer
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, attempt: int, asked_seconds: float | None) -> None:
        if asked_seconds is not None and asked_seconds > LONGEST_WAIT_SECONDS:
            raise JobStopped(
                f"The endpoint asks to wait {asked_seconds:,.0f} seconds. Resume later."
            )
        seconds = backoff_seconds(
            attempt, first=FIRST_WAIT_SECONDS, longest=LONGEST_WAIT_SECONDS, at_least=asked_seconds
        )
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.is_cancelled():
                raise JobStopped("Cancelled.")
            time.sleep(min(left, 0.5))

    def _keeps_to_schema(self, question: Question, answer: ChatAnswer) -> bool:
        """False for an answer without any value or name of a variable.

        Some servers take a schema and ignore it: then nobody told the model the form.
        """
        names = (json.dumps(variable.name) for variable in self.variables)
        return (
            bool(answer.refusal)
            or any(name in answer.text for name in names)
            or bool(self._read(question, answer).values)
        )

    def _read(self, question: Question, answer: ChatAnswer) -> Predicted:
        sample = question.sample
        if answer.refusal or answer.finish_reason == "content_filter":
            problem = answer.refusal[:200] or "Its filter stopped the answer."
            return Predicted(sample=sample.pk, problem=f"The model refused: {problem}")
        if answer.finish_reason == "length":
            problem = f"The answer was cut off at {self.max_tokens:,} tokens."
            return Predicted(sample=sample.pk, raw=answer.text, problem=problem)
        specs = tuple(variable.spec for variable in self.variables)
        try:
            plain = read(learned_template(plain_template(specs), "json", specs), answer.text)
            values, problems = plain.values, plain.problems
            if problems:
                by_template = read_answer(sample, self.variables, answer.text)
                if len(by_template.values) > len(values):
                    values, problems = by_template.values, by_template.problems
        except BadInput as refusal:
            values, problems = {}, {"": str(refusal)}
        given = {name: value for name, value in values.items() if value is not None}
        problem = "" if given else next(iter(problems.values()), "The answer holds no value.")
        return Predicted(
            sample=sample.pk,
            values=given,
            confidence=confidences(answer.text, answer.tokens, specs),
            raw=answer.text,
            problem=problem,
        )
