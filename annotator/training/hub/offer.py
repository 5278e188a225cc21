"""What a hub offers under a name: the commit, its licence and the files that we would take."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings

from annotator.errors import BadInput, RemoteRefused
from annotator.remote.fetch import Fetcher
from annotator.remote.responses import check
from annotator.training.bases import FAMILIES

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}")
COMMIT = re.compile(r"[0-9a-f]{40}")
# Of the repository's root alone. Never code (.py) and never pickles (.bin, .pt).
FILE = re.compile(r"[A-Za-z0-9][\w.-]*\.(safetensors|json|jinja|txt|model)")
MAX_REDIRECTS = 4


@dataclass(frozen=True)
class HubFile:
    """One file; `sha256` is empty where the hub does not know it."""

    name: str
    size_bytes: int
    sha256: str = ""


@dataclass(frozen=True)
class Offer:
    """A repository at one commit."""

    repository: str
    commit: str
    licence: str  # as the hub names it; empty for none
    family: str
    files: tuple[HubFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def folder(self) -> str:
        """What its folder in BASE_MODELS_DIR is called."""
        return self.repository.replace("/", "--")


def hub_fetcher(token: str) -> Fetcher:
    """Sends the token to the hub alone, and checks every host that it is led to."""
    return Fetcher(
        allow=settings.PRIVATE_REMOTES, token_url=settings.HUB_ADDRESS, token=token, scheme="Bearer"
    )


def offer_of(fetcher: Fetcher, repository: str, revision: str = "main") -> Offer:
    """Ask the hub. Raises BadInput for what cannot be a base, RemoteError for a hub that refuses."""
    if not settings.BASE_DOWNLOADS:
        raise BadInput(
            "Downloads of base models are off. The operator allows them: BASE_DOWNLOADS=1."
        )
    if not REPOSITORY.fullmatch(repository):
        raise BadInput(
            "Enter a repository as owner/name, for example HuggingFaceTB/SmolVLM-256M-Instruct."
        )
    if not REVISION.fullmatch(revision) or ".." in revision:
        raise BadInput("Enter a branch, a tag or a commit.")
    url = f"{settings.HUB_ADDRESS}/api/models/{repository}/revision/{quote(revision, safe='')}?blobs=true"
    about = _json(fetcher, url)
    commit = str(about.get("sha", ""))
    if not COMMIT.fullmatch(commit):
        raise RemoteRefused("The hub names no commit for this revision.", status=502)
    files = tuple(_files(about))
    if not any(file.name.endswith(".safetensors") for file in files):
        raise BadInput(f"{repository} has no weights in safetensors: nothing else is loaded.")
    family = _json(fetcher, file_url(repository, commit, "config.json")).get("model_type", "")
    if family not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise BadInput(
            f"{repository} is of the type {family or 'unknown'}; can be trained: {known}."
        )
    return Offer(repository, commit, _licence(about), family, files)


def file_url(repository: str, commit: str, name: str) -> str:
    """Where a file of a commit is."""
    return f"{settings.HUB_ADDRESS}/{repository}/resolve/{commit}/{name}"


def _json(fetcher: Fetcher, url: str) -> dict[str, Any]:
    response = fetcher.fetch("GET", url, max_redirects=MAX_REDIRECTS)
    if response.status in (401, 403, 404):
        raise RemoteRefused(
            "The hub does not give this repository or revision. Is it spelled right? If it is gated, accept"
            " its terms on the hub and enter a token (--token).",
            status=response.status,
        )
    check(response)
    try:
        content = json.loads(response.body)
    except ValueError as error:
        raise RemoteRefused("The hub's response is not JSON.", status=502) from error
    return content if isinstance(content, dict) else {}


def _files(about: Mapping[str, Any]) -> list[HubFile]:
    rows = [row for row in about.get("siblings", []) if FILE.fullmatch(row.get("rfilename", ""))]
    return [
        HubFile(
            row["rfilename"], int(row.get("size") or 0), (row.get("lfs") or {}).get("sha256", "")
        )
        for row in rows
    ]


def _licence(about: Mapping[str, Any]) -> str:
    card = about.get("cardData") or {}
    tags = [
        tag.removeprefix("license:") for tag in about.get("tags", []) if tag.startswith("license:")
    ]
    name = card.get("license_name") or card.get("license") or next(iter(tags), "")
    link = card.get("license_link") or ""
    return " ".join(filter(None, (str(name), str(link))))
