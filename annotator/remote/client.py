"""The platform's API on one remote: every endpoint of its page and of the neighbours it needs."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from urllib.parse import urljoin

from annotator.errors import BadInput, InvalidResponse, RemoteRefused, RemoteUnauthorized
from annotator.remote import mappers, shapes
from annotator.remote.calls import Calls, checked_id, garbled
from annotator.remote.fetch import Limits, RemoteResponse
from annotator.remote.pages import Page
from annotator.remote.reading import JsonReader
from annotator.remote.responses import check
from annotator.remote.rows import Rows

MAX_OBJECTS = 10  # detection objects of one sample: docs.ximilar.com/platform/vlm
MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_MODEL_BYTES = 64 * 1024**3
MAX_IMAGE_REDIRECTS = 3
INCLUDES = ("values", "images", "objects")
EXISTING_IMAGE = re.compile(r"image ID\W{1,4}([0-9a-f-]{36})", re.IGNORECASE)


@dataclass(frozen=True)
class Upload:
    """Where an uploaded picture now is; `existed` when the remote had the same one already."""

    image_id: str
    existed: bool


@dataclass(frozen=True)
class Capabilities:
    """What a remote can do beyond the platform's page. Empty for the platform itself."""

    product: str = ""
    version: str = ""
    include: frozenset[str] = frozenset()
    cursor: bool = False  # pages found by their first row: as fast at the end, and none shifts


class RemoteClient:
    """Calls one remote with one token, in one of its workspaces (None: the token's own).

    `base_url` is the host's address, or that of its API (`…/vlm/v2/`). `allow` lists the private
    hosts that may be called, as "host:port". Every method raises RemoteUnavailable (try again; its
    `sent` says whether the call may have had an effect) or RemoteRefused (do not). Only reads are
    repeated here, twice; `pause` does the waiting between. Close it, or use it in a `with`.
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
        self.labels = Rows(self._calls, "detection/v2/label", mappers.label)
        self.objects = Rows(self._calls, "detection/v2/object", mappers.detection_object)

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
        test: bool | None = None,
        after: str | None = None,
        **paging: int,
    ) -> Iterator[Page[shapes.RemoteSample]]:
        """The dataset's samples, with values, images and objects where the remote can bring them.

        Elsewhere those three are None in each sample, and cost a call each.
        """
        carried = [name for name in INCLUDES if name in self.capabilities().include]
        filters: dict[str, Any] = {
            "dataset": dataset_id,
            "test": test,
            "include": ",".join(carried) or None,
        }
        start = {"cursor": ""} if self.capabilities().cursor else {}
        return self.samples.pages(after=after, start=start, **filters, **paging)

    def add_images(self, sample_id: str, image_ids: Iterable[str]) -> None:
        """Attach uploaded images. The page does not say what adding one twice does: look first."""
        self._act("sample", sample_id, "add-images", {"image_ids": list(image_ids)})

    def add_objects(self, sample_id: str, object_ids: Iterable[str]) -> int:
        """Attach detection objects; how many were added. Raises BadInput for more than 10 at once."""
        ids = list(object_ids)
        if len(ids) > MAX_OBJECTS:
            raise BadInput(
                f"A sample holds at most {MAX_OBJECTS} detection objects, not {len(ids)}."
            )
        answer = self._act("sample", sample_id, "add-objects", {"detection_object_ids": ids})
        return _count(answer, "added")

    def remove_objects(self, sample_id: str, object_ids: Iterable[str]) -> int:
        """Detach detection objects; how many were removed. A second call removes none."""
        fields = {"detection_object_ids": list(object_ids)}
        return _count(self._act("sample", sample_id, "remove-objects", fields), "removed")

    def sample_images(self, sample_id: str) -> tuple[shapes.RemoteSampleImage, ...]:
        """The sample's images, in its order."""
        found = self._calls.get(f"vlm/v2/sample/{checked_id(sample_id)}/sample-images/")
        return tuple(sorted(mappers.rows(found, mappers.sample_image), key=lambda i: i.order))

    def sample_objects(self, sample_id: str) -> tuple[shapes.RemoteSampleObject, ...]:
        """The sample's detection objects, in its order."""
        found = self._calls.get(f"vlm/v2/sample/{checked_id(sample_id)}/sample-objects/")
        return tuple(sorted(mappers.rows(found, mappers.sample_object), key=lambda o: o.order))

    def set_test(self, sample_id: str, *, test: bool) -> None:
        """Move the sample between evaluation and training. A second call does no harm."""
        self._act("sample", sample_id, "set-test" if test else "set-untest")

    def set_value(self, sample_id: str, variable_id: str, value: Any) -> None:
        """Add or replace one answer. A second call does no harm. There is no way to remove one."""
        wrapped = {"dataset_variable": variable_id, "value": {"value": value}}
        self._act("sample", sample_id, "add-variable-value", wrapped)

    # Tasks and models

    def add_dataset(self, task_id: str, dataset_id: str) -> None:
        """Connect a dataset to a task."""
        self._act("task", task_id, "add-dataset", {"dataset_id": dataset_id})

    def remove_dataset(self, task_id: str, dataset_id: str) -> None:
        """Disconnect a dataset from a task; the dataset stays."""
        self._act("task", task_id, "remove-dataset", {"dataset_id": dataset_id})

    def train(self, task_id: str, *, key: str | None = None) -> None:
        """Start training. Every call that arrives starts one.

        So after RemoteUnavailable with `sent`, watch the task's `last_version` and do not call again.
        """
        self._act("task", task_id, "train", key=key)

    def model_download_url(self, model_id: str) -> str:
        """Where the model's archive can be fetched for a while, without the token."""
        answer = self._calls.get(f"vlm/v2/model/{checked_id(model_id)}/request-download/")
        return JsonReader(answer, "download").required_text("download_url")

    def download_model(self, url: str, into: BinaryIO, *, seconds: float = 3600) -> None:
        """Fetch a model's archive into a file."""
        limits = replace(self._calls.limits, deadline_seconds=seconds, max_bytes=MAX_MODEL_BYTES)
        self._download(url, limits, into)

    # Images

    def upload_image(self, data: bytes, *, test_image: bool = False, **fields: Any) -> Upload:
        """Send a picture's bytes. The same picture twice is one image: a second call does no harm."""
        body = {"base64": base64.b64encode(data).decode(), "test_image": test_image, **fields}
        limits = replace(self._calls.limits, read_seconds=30, deadline_seconds=120)
        try:
            answer = self._calls.send("POST", "recognition/v2/training-image/", body, limits=limits)
        except RemoteRefused as error:
            known = EXISTING_IMAGE.search(str(error)) if error.status == 400 else None
            if known is None:
                raise
            return Upload(known[1], existed=True)
        return Upload(mappers.image(answer).id, existed=False)

    def download_image(self, url: str, *, max_bytes: int = MAX_IMAGE_BYTES) -> bytes:
        """The bytes behind an image's address, wherever it lies; at most three redirects.

        They are not checked: the server's word that this is a picture proves nothing.
        """
        limits = replace(self._calls.limits, max_bytes=max_bytes)
        return self._download(urljoin(f"{self._calls.root}/", url), limits).body

    # The remote itself

    def account(self) -> dict[str, Any]:
        """Whose token this is, as the remote tells it."""
        return JsonReader(self._calls.get("account/v2/user/"), "account").data

    def capabilities(self) -> Capabilities:
        """What this remote can do beyond the platform's page; asked once."""
        if self._capabilities is None:
            try:
                answer = self._calls.get("vlm/v2/capabilities/")
            except RemoteUnauthorized:
                raise
            except (RemoteRefused, InvalidResponse):
                answer = None  # no such address there, or a page for people
            self._capabilities = _read_capabilities(answer)
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
        return self._calls.send("POST", path, fields, key=key)

    def _download(self, url: str, limits: Limits, into: BinaryIO | None = None) -> RemoteResponse:
        answer = self._calls.fetcher.fetch(
            "GET", url, limits=limits, max_redirects=MAX_IMAGE_REDIRECTS, into=into
        )
        try:
            check(answer)
        except RemoteUnauthorized as error:
            # Another host's doorman says nothing about our token.
            raise RemoteRefused("The file may not be read.", status=error.status) from error
        return answer


def _count(answer: Any, name: str) -> int:
    found = JsonReader(answer, "answer").integer(name)
    return garbled(f"how many were {name}") if found is None else found


def _read_capabilities(answer: Any) -> Capabilities:
    """A document of another product under that address announces nothing."""
    if not isinstance(answer, dict) or answer.get("product") != "annotator":
        return Capabilities()
    include = answer.get("include")
    named = [name for name in include if isinstance(name, str)] if isinstance(include, list) else []
    version, cursor = str(answer.get("version") or ""), answer.get("cursor") is True
    return Capabilities("annotator", version, frozenset(named), cursor)
