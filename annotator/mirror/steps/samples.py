"""The samples, a page a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from annotator.errors import InvalidResponse, RemoteRefused
from annotator.mirror.checkpoints import checkpoint
from annotator.mirror.models import MirrorRun
from annotator.mirror.report import add_to
from annotator.mirror.upserts.samples import CompleteSample, upsert_page
from annotator.remote.client import RemoteClient
from annotator.remote.pages import Page
from annotator.remote.shapes import RemoteSample

PARALLEL_CALLS = 8  # calls in parallel where each sample needs calls of its own
COMPLETE_PAGE = 100  # samples per page where the list brings everything
PARTIAL_PAGE = 24  # where it does not: three calls each, eight at a time
MAX_SAMPLES = 5_000_000
SPARE_PAGES = 50  # more than the count suggests, before the list counts as endless
T = TypeVar("T")


def step(run: MirrorRun, client: RemoteClient) -> None:
    """Read one page and what it leaves out; then write it with the checkpoint, in one transaction."""
    read_at = timezone.now()
    page = _next_page(run, client)
    complete = _complete(run, client, page.rows)
    notices: list[str] = []
    dataset = run.dataset
    if dataset is None:
        raise RemoteRefused("The dataset was deleted here while it was mirrored.")
    position = _position_after(run, page)
    with transaction.atomic():
        counts = upsert_page(
            dataset,
            complete,
            pass_at=datetime.fromisoformat(run.position["pass_at"]),
            read_at=read_at,
            notices=notices,
        )
        is_last = page.next_query is None
        checkpoint(
            run,
            position=position,
            done=position["read"],
            total=page.count,
            stage=MirrorRun.Stage.CLOSING if is_last else MirrorRun.Stage.SAMPLES,
            report=add_to(run.report, counts, notices),
        )


def _next_page(run: MirrorRun, client: RemoteClient) -> Page[RemoteSample]:
    size = COMPLETE_PAGE if client.capabilities().include else PARTIAL_PAGE
    after = run.position.get("next")
    page = next(client.sample_pages(run.remote_dataset_id, after=after, page_size=size))
    if page.count > MAX_SAMPLES:
        raise RemoteRefused(
            f"The dataset has {page.count:,} samples; at most {MAX_SAMPLES:,} can be mirrored."
        )
    pages = run.position.get("pages", 0) + 1
    read = run.position.get("read", 0) + len(page.rows)
    first = run.position.get("first_count", page.count)
    if page.next_query and (page.next_query == after or _is_endless(first, pages, read)):
        raise InvalidResponse("The remote's list of samples has no end: its pages repeat.")
    wrong = [row.id for row in page.rows if row.dataset not in (None, run.remote_dataset_id)]
    if wrong:
        raise InvalidResponse("The remote's list has samples of another dataset.")
    return page


def _is_endless(count: int, pages: int, read: int) -> bool:
    """Far more than the first page said: its pages repeat, or it grows as it is read."""
    return read > 2 * count + 1_000 or pages > count + SPARE_PAGES


def _position_after(run: MirrorRun, page: Page[RemoteSample]) -> dict[str, Any]:
    position = dict(run.position)
    position.setdefault("first_count", page.count)
    position["count"] = page.count
    position["pages"] = position.get("pages", 0) + 1
    position["read"] = position.get("read", 0) + len(page.rows)
    position["next"] = page.next_query
    return position


def _complete(
    run: MirrorRun, client: RemoteClient, rows: Sequence[RemoteSample]
) -> list[CompleteSample]:
    """What the list left out, read sample by sample; one deleted meanwhile is left out itself."""
    carried = client.capabilities().include

    def read(row: RemoteSample) -> CompleteSample | None:
        try:
            sample = client.samples.get(row.id) if row.values is None else row
            images, objects = row.images, row.objects
            if images is None:
                images = client.sample_images(row.id) if row.images_count != 0 else ()
            if objects is None:
                objects = client.sample_objects(row.id) if row.objects_count != 0 else ()
        except RemoteRefused as error:
            if error.status == 404:
                return None
            raise
        return CompleteSample(sample, images, objects)

    if {"values", "images", "objects"} <= carried:
        complete = [CompleteSample(r, r.images, r.objects) for r in rows if r.values is not None]
        if len(complete) == len(rows):
            return complete
    samples = in_parallel(run, read, rows)
    return [sample for sample in samples if sample is not None]


def in_parallel(run: MirrorRun, call: Callable[[Any], T], items: Sequence[Any]) -> list[T]:
    """`call` for each item, a few at a time, while the lease is kept. The calls touch no database."""
    results = []
    with ThreadPoolExecutor(max_workers=PARALLEL_CALLS) as pool:
        for start in range(0, len(items), PARALLEL_CALLS):
            results += list(pool.map(call, items[start : start + PARALLEL_CALLS]))
            run.renew()
    return results
