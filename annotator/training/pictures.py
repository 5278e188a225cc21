"""The pictures of a job folder: a process that knows nothing but the folder reads them by their paths."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from annotator.images.files import original_name, stored_name
from annotator.images.models import Image
from annotator.leases import HOLD_SECONDS, at_intervals
from annotator.storage import files as stored
from annotator.storage.folder import path_of

FOLDER = "pictures"  # in the job folder
AT_A_TIME = 8
BATCH = 16  # pictures between two looks at the clock


def place_of(image: Image) -> str:
    """The path that a job folder names: where the picture lies, or where `bring` puts it in the folder."""
    name = original_name(image)
    return f"{FOLDER}/{Path(name).name}" if stored.has_bucket() else str(path_of(name))


def bring(folder: Path, *, hold: Callable[[], object]) -> None:
    """Bring the pictures that samples.jsonl names to where it says, where they may lie in a bucket.

    Those of a run that goes on may have been moved there since. `hold` is called every few seconds; what it
    raises ends this. A picture that is lost is passed over.
    """
    if not stored.has_bucket():
        return
    names = _missing(folder)
    hold_if_due = at_intervals(HOLD_SECONDS, hold)
    with ThreadPoolExecutor(AT_A_TIME, "picture") as pool:
        while some := dict.fromkeys(islice(names, BATCH)):
            list(pool.map(partial(_bring, folder), some))
            hold_if_due()


def _missing(folder: Path) -> Iterator[str]:
    """The paths, as the lines have them, at which there is no picture."""
    with (folder / "samples.jsonl").open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            for path in (*row["images"], *(part["path"] for part in row.get("parts", ()))):
                if not (folder / path).exists():
                    yield path


def _bring(folder: Path, path: str) -> None:
    sha256, _, extension = Path(path).name.partition(".")
    try:
        stored.copy_to(stored_name(sha256, extension), folder / path)
    except FileNotFoundError:
        return
