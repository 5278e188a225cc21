"""A mirror that runs while people label: a remote with photos, and a child that starts the run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.labeling.rows import photo

PICTURES = 1_000


@contextmanager
def remote_with_pictures(folder: Path) -> Iterator[dict[str, Any]]:
    """A remote with PICTURES samples of a photo each: how to reach it. `folder`: for Django's settings."""
    import django

    os.environ["DATA_DIR"] = str(folder)
    django.setup()
    from tests.fault_remote import FaultRemote

    picture = photo()
    with FaultRemote() as remote:
        dataset = remote.platform.add_dataset(name="Photos")
        for number in range(PICTURES):
            sample = remote.platform.add_sample(dataset["id"], name=f"photo-{number}")
            # Bytes after the end of a JPEG make it another file, whose pixels are the same.
            image = remote.platform.add_image(picture + number.to_bytes(4, "big"))
            remote.platform.attach_image(sample["id"], image["id"])
        place = {"host": remote.host, "url": remote.url, "token": remote.token}
        yield place | {"dataset": dataset["id"]}


def main() -> None:
    """Start a run from the remote that the plan on stdin names, if it does; print how many pictures came."""
    import django

    django.setup()
    from annotator.accounts.models import Workspace
    from annotator.connections import actions
    from annotator.images.models import Image
    from annotator.mirror.actions import start_mirror

    plan = json.load(sys.stdin)
    workspace = Workspace.objects.get()
    if "url" in plan:
        names = {"name": "Photos", "base_url": plan["url"], "token": plan["token"]}
        start_mirror(actions.connect(workspace, by=None, **names), plan["dataset"], None)
    counts = Image.objects.exclude(remote_key=None)
    print(json.dumps({"fetched": counts.filter(state="stored").count(), "known": counts.count()}))  # noqa: T201  a command's output


if __name__ == "__main__":
    main()
