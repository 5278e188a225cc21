"""What an import will make, how far it is, and its report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.template.defaultfilters import pluralize
from django.utils import timezone

from annotator.errors import BadInput
from annotator.imports.answers.opening import TABLES
from annotator.imports.grouping import checked_path, count_for_tests, group_of, is_passed_over
from annotator.imports.models import ImageImport, ImportedFile
from annotator.paging import KeysetPage

State = ImportedFile.State
NAMED = 5  # files that a page names


@dataclass(frozen=True)
class Preview:
    """What an import of some files will make, as far as their names tell."""

    files: int
    zips: int  # what is in them is not known before they are read
    samples_by_grouping: dict[str, int]
    samples: int  # by the chosen grouping
    tests: int  # of these
    ignored: list[str]  # paths that need not be sent: the import passes over them

    @property
    def sentence(self) -> str:
        """For people; empty when there is nothing to import."""
        made = f"{self.samples:,} sample{pluralize(self.samples)}" if self.samples else ""
        if self.tests:
            made += f", {self.tests:,} of them for tests"
        unread = f"those in the zip{pluralize(self.zips)}" if self.zips else ""
        made = ", and ".join(part for part in (made, unread) if part)
        sentences = [f"Makes {made}."] if made else []
        if self.ignored:
            sentences.append(passed_over_sentence(len(self.ignored)))
        return " ".join(sentences)


def passed_over_sentence(count: int) -> str:
    """How many files were left out by `is_passed_over`."""
    return f"{count:,} hidden or system file{pluralize(count)} {pluralize(count, 'is,are')} passed over."


def preview(paths: Iterable[str], *, grouping: str, test_percent: int) -> Preview:
    """The counts that the import itself will come to if each file is an image of its own.

    Files that the import passes over or refuses by their names are left out.
    """
    paths = list(paths)
    names = {name for path in paths if (name := _usable(path))}
    zips = {name for name in names if name.lower().endswith(".zip")}
    images = names - zips
    counts = {
        choice: len({group_of(image, choice)[0] for image in images})
        for choice in ImageImport.Grouping.values
    }
    samples = counts[grouping]
    tests = count_for_tests(samples, test_percent)
    ignored = [path for path in paths if is_passed_over(path)]
    return Preview(len(images), len(zips), counts, samples, tests, ignored)


def _usable(path: str) -> str:
    """The path as the import reads it, empty when it leaves the file out."""
    try:
        return "" if is_passed_over(path) else checked_path(path)
    except BadInput:
        return ""


@dataclass(frozen=True)
class Progress:
    """Counts of files, and of the samples made or filled up."""

    total: int
    waiting: int
    stored: int
    already: int
    refused: int
    samples: int
    per_second: float | None  # None: not yet known

    @property
    def read(self) -> int:
        """Files whose fate is known."""
        return self.total - self.waiting

    @property
    def rate(self) -> str:
        """For people, empty while unknown."""
        return f"{self.per_second:.1f} files a second" if self.per_second else ""

    @property
    def seconds_left(self) -> float | None:
        """By the rate so far."""
        return self.waiting / self.per_second if self.per_second else None


def progress_of(image_import: ImageImport) -> Progress:
    """One query, whatever the number of files."""
    counts = image_import.files.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=Q(state=State.WAITING)),
        stored=Count("pk", filter=Q(state=State.STORED)),
        already=Count("pk", filter=Q(state=State.ALREADY)),
        refused=Count("pk", filter=Q(state=State.REFUSED)),
        samples=Count("sample", filter=Q(state=State.STORED), distinct=True),
    )
    return Progress(**counts, per_second=_rate(image_import, counts["stored"] + counts["already"]))


def _rate(image_import: ImageImport, read: int) -> float | None:
    """Files that were refused cost next to nothing, so they would only flatter it."""
    if image_import.started_at is None or not read:
        return None
    seconds = ((image_import.ended_at or timezone.now()) - image_import.started_at).total_seconds()
    return read / seconds if seconds > 0 else None


def report(image_import: ImageImport, state: str = "") -> QuerySet[ImportedFile]:
    """The files of an import, those in one state when it is named."""
    files = image_import.files.select_related("image", "sample")
    return files.filter(state=state) if state in State.values else files


def files_with_answers(image_import: ImageImport) -> list[str]:
    """The paths of refused files that look like tables of answers, the first few."""
    endings = Q()
    for suffix in TABLES:
        endings |= Q(path__iendswith=suffix)
    refused = image_import.files.filter(endings, state=State.REFUSED)
    return list(refused.values_list("path", flat=True)[:NAMED])


def filters(progress: Progress, chosen: str) -> list[dict[str, Any]]:
    """The tabs above the report, each with its number."""
    counts = {
        "": progress.total,
        State.STORED: progress.stored,
        State.ALREADY: progress.already,
        State.REFUSED: progress.refused,
        State.WAITING: progress.waiting,
    }
    return [
        {
            "query": f"?state={state}" if state else "?",
            "label": State(state).label if state else "All files",
            "count": count,
            "is_here": state == (chosen if chosen in State.values else ""),
        }
        for state, count in counts.items()
        if count or state != State.WAITING
    ]


def pager(page: KeysetPage[Any], **kept: str) -> dict[str, Any]:
    """What parts/_pager.html needs; the other pages' queries keep these parameters."""

    def query(cursor: str | None) -> str:
        return "?" + urlencode({**kept, "cursor": cursor}) if cursor else ""

    return {
        "previous_query": query(page.previous_cursor),
        "next_query": query(page.next_cursor),
        "shown": "",
        "total": None,
    }
