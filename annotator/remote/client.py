"""The platform's API on one remote: every endpoint that this app uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from annotator.errors import InvalidResponse, RemoteRefused, RemoteUnauthorized
from annotator.remote import mappers, shapes
from annotator.remote.calls import Calls, checked_id
from annotator.remote.fetch import Limits
from annotator.remote.pages import Page
from annotator.remote.reading import JsonReader
from annotator.remote.responses import check
from annotator.remote.rows import Rows

MAX_IMAGE_REDIRECTS = 3
INCLUDES = ("values", "images", "objects")


@dataclass(frozen=True)
class Capabilities:
    """What a remote offers beyond the platform's API. Empty for the platform itself."""

    product: str = ""
    version: str = ""
    include: frozenset[str] = frozenset()
    cursor: bool = False  # keyset pagination


class RemoteClient:
    """Calls one remote with one token, in one of its workspaces (None: the token's own).

    `base_url` is the host's address, or that of its API (`…/vlm/v2/`). `allow` lists the private
    hosts that may be called, as "host:port". Every method raises RemoteUnavailable (try again; its
    `sent` says whether the call may have had an effect) or RemoteRefused (do not). Only reads are
    retried here, twice; `pause` waits in between. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        workspace: str | None = None,
        *,
        allow: frozenset[str] = frozenset(),
        limits: Limits | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        limits = limits or Limits()
        self._calls = Calls(
            base_url, token, workspace=workspace, allow=allow, limits=limits, pause=pause
        )
        self._capabilities: Capabilities | None = None
        self.prompts = Rows(self._calls, "vlm/v2/prompt", mappers.prompt)
        self.tasks = Rows(self._calls, "vlm/v2/task", mappers.task)
        self.datasets = Rows(self._calls, "vlm/v2/dataset", mappers.dataset)
        self.variables = Rows(self._calls, "vlm/v2/variable", mappers.variable)
        self.samples = Rows(self._calls, "vlm/v2/sample", mappers.sample)
        self.models = Rows(self._calls, "vlm/v2/model", mappers.model)
        self.images = Rows(self._calls, "recognition/v2/training-image", mappers.image)

    def __enter__(self) -> RemoteClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<RemoteClient of {self._calls.root}>"

    @property
    def is_encrypted(self) -> bool:
        """Whether the token travels by https."""
        return self._calls.root.startswith("https:")

    def close(self) -> None:
        """Close the kept connections."""
        self._calls.fetcher.close()

    # Samples

    def sample_pages(
        self,
        dataset_id: str,
        *,
        after: str | None = None,
        **paging: int,
    ) -> Iterator[Page[shapes.RemoteSample]]:
        """The dataset's samples, with values, images and objects where the remote can bring them.

        Elsewhere those three are None in each sample, and cost a call each.
        """
        carried = [name for name in INCLUDES if name in self.capabilities().include]
        start = {"cursor": ""} if self.capabilities().cursor else {}
        return self.samples.pages(
            after=after,
            start=start,
            dataset=dataset_id,
            include=",".join(carried) or None,
            **paging,
        )

    def sample_images(self, sample_id: str) -> tuple[shapes.RemoteSampleImage, ...]:
        """The sample's images, in its order."""
        data = self._calls.get(f"vlm/v2/sample/{checked_id(sample_id)}/sample-images/")
        return tuple(sorted(mappers.rows(data, mappers.sample_image), key=lambda i: i.order))

    def sample_objects(self, sample_id: str) -> tuple[shapes.RemoteSampleObject, ...]:
        """The sample's detection objects, in its order."""
        data = self._calls.get(f"vlm/v2/sample/{checked_id(sample_id)}/sample-objects/")
        return tuple(sorted(mappers.rows(data, mappers.sample_object), key=lambda o: o.order))

    def set_value(self, sample_id: str, variable_id: str, value: Any) -> None:
        """Add or replace one value. Idempotent. The platform has no call that removes one."""
        wrapped = {"dataset_variable": variable_id, "value": {"value": value}}
        self._act("sample", sample_id, "add-variable-value", wrapped)

    def download_image(self, url: str, *, max_bytes: int) -> bytes:
        """The bytes behind an image's address, on any public host; at most three redirects.

        They may be anything: the server's word that this is a picture proves nothing.
        """
        response = self._calls.fetcher.fetch(
            "GET",
            urljoin(f"{self._calls.root}/", url),
            limits=replace(self._calls.limits, max_bytes=max_bytes),
            max_redirects=MAX_IMAGE_REDIRECTS,
        )
        try:
            check(response)
        except RemoteUnauthorized as error:
            # The image may lie on another host, whose 401 says nothing about our token.
            raise RemoteRefused("The file may not be read.", status=error.status) from error
        return response.body

    # Tasks

    def train(self, task_id: str, *, key: str | None = None) -> None:
        """Start training. Not idempotent: every call that arrives starts one.

        After RemoteUnavailable with `sent`, watch the task's `last_version` and do not call again.
        """
        self._act("task", task_id, "train", key=key)

    # The remote itself

    def account(self) -> dict[str, Any]:
        """The account that the token belongs to, as the remote shows it."""
        return JsonReader(self._calls.get("account/v2/user/"), "account").data

    def capabilities(self) -> Capabilities:
        """What this remote offers beyond the platform's API; requested once."""
        if self._capabilities is None:
            try:
                data = self._calls.get("vlm/v2/capabilities/")
            except RemoteUnauthorized:
                raise
            except (RemoteRefused, InvalidResponse):
                data = None  # no such address there, or a page for people
            self._capabilities = _read_capabilities(data)
        return self._capabilities

    def _act(
        self,
        kind: str,
        remote_id: str,
        verb: str,
        fields: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> Any:
        path = f"vlm/v2/{kind}/{checked_id(remote_id)}/{verb}/"
        return self._calls.post(path, fields, key=key)


def _read_capabilities(data: Any) -> Capabilities:
    """Empty for the document of another product under that address."""
    if not isinstance(data, dict) or data.get("product") != "annotator":
        return Capabilities()
    include = data.get("include")
    named = [name for name in include if isinstance(name, str)] if isinstance(include, list) else []
    version, cursor = str(data.get("version") or ""), data.get("cursor") is True
    return Capabilities("annotator", version, frozenset(named), cursor)
