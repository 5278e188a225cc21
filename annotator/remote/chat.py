"""One call of a server with the OpenAI API for chats: its answer as data, or one of our errors.

The same request works on vLLM, Ollama, llama.cpp, LM Studio and hosted servers but for three things that not
all know: a JSON Schema, log-probabilities, and how the limit of tokens is called. A server that refuses one
of them with a 400 is asked without it from then on.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotator.errors import InvalidResponse, RemoteRefused, RemoteUnauthorized
from annotator.remote.fetch import Fetcher, Limits, RemoteResponse
from annotator.remote.responses import check

LIMITS = Limits(
    connect_seconds=5, read_seconds=120, deadline_seconds=120, max_bytes=4 * 1024 * 1024
)
# A 429 that waiting does not cure: the account has no money left.
NO_MONEY = re.compile(r"insufficient_quota|credit_balance|spend_limit|billing", re.IGNORECASE)
MAX_DETAIL = 300  # characters of the server's message that we show


class OutOfMoney(RemoteRefused):
    """The server's account has reached its limit: no call will be answered before somebody pays."""


@dataclass(frozen=True)
class Dialect:
    """What the server has not refused so far."""

    knows_schema: bool = True
    keeps_schema: bool | None = None  # None: no answer has told yet
    knows_logprobs: bool = True
    limit_name: str = "max_tokens"

    def without_refused(self, detail: str) -> Dialect | None:
        """The dialect to try after a 400 with this message; None when nothing is left to leave out."""
        text = detail.lower()
        if "max_completion_tokens" in text and self.limit_name == "max_tokens":
            return replace(self, limit_name="max_completion_tokens")
        if self.knows_logprobs and "logprob" in text:
            return replace(self, knows_logprobs=False)
        if self.knows_schema and re.search("response_format|schema|grammar|structured", text):
            return replace(self, knows_schema=False)
        if self.knows_logprobs:
            return replace(self, knows_logprobs=False)
        return replace(self, knows_schema=False) if self.knows_schema else None


@dataclass(frozen=True, kw_only=True)
class ChatAnswer:
    """What the model wrote. `tokens` has (bytes of the token, its log-probability), where they were given."""

    text: str
    finish_reason: str = ""
    refusal: str = ""
    tokens: Sequence[tuple[bytes, float]] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    was_schema_sent: bool = True


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """What is asked. `schema` is a JSON Schema of the answer; `hint` a text for servers without them."""

    messages: list[dict[str, Any]]
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    hint: str = ""

    def body(self, model: str, dialect: Dialect) -> bytes:
        """The JSON that is sent."""
        sends_schema = dialect.knows_schema and self.schema is not None
        body: dict[str, Any] = {
            "model": model,
            "messages": self.messages if sends_schema or not self.hint else self._hinted(),
            "temperature": 0,
            dialect.limit_name: self.max_tokens,
        }
        if sends_schema:
            schema = {"name": "answer", "strict": True, "schema": self.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if dialect.knows_logprobs:
            body["logprobs"] = True
        return json.dumps(body).encode()

    def _hinted(self) -> list[dict[str, Any]]:
        *before, last = self.messages
        content = [*last["content"], {"type": "text", "text": self.hint}]
        return [*before, {**last, "content": content}]


class ChatClient:
    """Calls one model at one address; several threads may share it. Close it, or use it in a `with`."""

    def __init__(self, base_url: str, *, model: str, key: str, allow: frozenset[str]) -> None:
        self._url = f"{base_url}/chat/completions"
        self._model = model
        self._arguments: dict[str, Any] = {
            "allow": allow,
            "token_url": base_url,
            "token": key,
            "scheme": "Bearer",
        }
        self._local = threading.local()
        self._fetchers: list[Fetcher] = []
        self.dialect = Dialect()

    def __enter__(self) -> ChatClient:
        return self

    def __exit__(self, *_: object) -> None:
        for fetcher in self._fetchers:
            fetcher.close()

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """One answer. Raises RemoteError; OutOfMoney and RemoteUnauthorized are for all calls to come."""
        while True:
            dialect = self.dialect
            response = self._post(request.body(self._model, dialect))
            if response.status != 400:
                return _answer(response, dialect)
            simpler = dialect.without_refused(detail_of(response))
            if simpler is None:
                raise RemoteRefused(detail_of(response) or "The server refused.", status=400)
            if self.dialect == dialect:  # else another thread has just left something out
                self.dialect = simpler

    def learn(self, *, keeps_schema: bool) -> None:
        """Whether the server keeps to a schema; if not, the form is said in the text from now on."""
        self.dialect = replace(self.dialect, knows_schema=keeps_schema, keeps_schema=keeps_schema)

    def _post(self, body: bytes) -> RemoteResponse:
        fetcher = getattr(self._local, "fetcher", None)
        if fetcher is None:
            fetcher = self._local.fetcher = Fetcher(**self._arguments)
            self._fetchers.append(fetcher)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return fetcher.fetch("POST", self._url, content=body, headers=headers, limits=LIMITS)


def detail_of(response: RemoteResponse) -> str:
    """The server's message: in `error.message` (OpenAI, Ollama, llama.cpp), `message` (vLLM) or `detail`."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    error = body.get("error", body) if isinstance(body, dict) else {}
    message = error.get("message") or error.get("detail", "") if isinstance(error, dict) else error
    return str(message)[:MAX_DETAIL]


def _answer(response: RemoteResponse, dialect: Dialect) -> ChatAnswer:
    if response.status in {402, 429} and NO_MONEY.search(
        response.body[:4_000].decode(errors="replace")
    ):
        raise OutOfMoney(
            f"The server's account has no money left: {detail_of(response)}", status=response.status
        )
    if response.status in {401, 403}:
        raise RemoteUnauthorized("The server does not accept the key.", status=response.status)
    if response.status == 404:
        raise RemoteRefused(
            f"There is no such model or address. {detail_of(response)}".strip(), status=404
        )
    if 400 <= response.status < 500 and response.status not in {408, 425, 429}:
        message = detail_of(response) or f"The server refused with status {response.status}."
        raise RemoteRefused(message, status=response.status)
    check(response)
    try:
        body = json.loads(response.body)
        choice = body["choices"][0]
        message = choice["message"]
        return ChatAnswer(
            text=str(message.get("content") or ""),
            refusal=str(message.get("refusal") or ""),
            finish_reason=str(choice.get("finish_reason") or ""),
            tokens=_tokens(choice.get("logprobs")),
            input_tokens=_count(body.get("usage"), "prompt_tokens"),
            output_tokens=_count(body.get("usage"), "completion_tokens"),
            was_schema_sent=dialect.knows_schema,
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidResponse("The answer is not one of the OpenAI API.") from error


def _tokens(logprobs: Any) -> list[tuple[bytes, float]]:
    """Empty where there are none, or one cannot be read."""
    rows = logprobs.get("content") if isinstance(logprobs, dict) else None
    tokens = []
    for row in rows or ():
        try:
            given = row.get("bytes")
            data = bytes(given) if given is not None else str(row["token"]).encode()
            tokens.append((data, float(row["logprob"])))
        except (KeyError, TypeError, ValueError, AttributeError):
            return []
    return tokens


def _count(usage: Any, name: str) -> int | None:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and 0 <= count < 10**9 else None
