"""The pictures of rows: found among the files that came along, and stored where their samples need them."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from django.conf import settings

from annotator.accounts.models import Workspace
from annotator.datasets.models import SampleImage
from annotator.errors import BadInput
from annotator.images.ahead import store_ahead
from annotator.images.loading import Stored, Upload
from annotator.images.models import Image
from annotator.images.reading import look_at
from annotator.imports.answers.finding import Files, bytes_of, digest_of, names_of, required_bytes
from annotator.imports.answers.matching import Subject
from annotator.imports.fetching import fetch_picture, is_address
from annotator.imports.formats.records import ImageReference
from annotator.imports.models import AnswerImport
from annotator.remote.fetch import Fetcher

FETCHED_AT_A_TIME = 8  # pictures, which wait in memory until they are decoded
REPLACE = "Replace the picture and import the row again."
Paths = dict[int, list[Path | None]]  # by a row's place, the files of its pictures


class Pictures:
    """Those of one import, as long as this process holds its lease. After `end` no other row's are begun."""

    def __init__(self, answer_import: AnswerImport, files: Files, *, end: float) -> None:
        self.answer_import = answer_import
        self.files = files
        self.end = end

    def is_fetched(self, reference: ImageReference, path: Path | None) -> bool:
        """Whether it is downloaded from the address that the row names."""
        is_elsewhere = path is None and reference.data is None and is_address(reference.path)
        return is_elsewhere and self.answer_import.fetches_pictures

    def find(self, subjects: Sequence[Subject], *, looks: bool) -> Paths:
        """Of each row by its place, the files of its pictures; the first one's bytes are hashed. With `looks`
        each picture is looked at, which finds most of those that can't be read.
        """
        paths: Paths = {}
        has_files = self.files.root is not None or self.answer_import.fetches_pictures
        for subject in subjects:
            references = subject.row.images
            if not references or (not has_files and references[0].data is None):
                continue
            try:
                paths[id(subject)] = [
                    None if each.data is not None else self.files.find(each) for each in references
                ]
                first = paths[id(subject)][0]
                if first is not None:
                    self.answer_import.renew()  # files of many large pictures take a while
                data = bytes_of(references[0], first)
            except (BadInput, OSError) as refusal:
                subject.row.refuse(str(refusal), "Correct the path in the file.")
                continue
            subject.digests = [] if data is None else [digest_of(data)]
            subject.address = references[0].path if self.is_fetched(references[0], first) else ""
            if looks:
                subject.unreadable = self._look(references, paths[id(subject)], data)
        return paths

    def _look(
        self,
        references: Sequence[ImageReference],
        paths: Sequence[Path | None],
        first: bytes | None,
    ) -> str:
        """Which picture can't be read, and why, as far as it shows without decoding; `first` are the first
        one's bytes.
        """
        for number, (reference, path) in enumerate(zip(references, paths, strict=True)):
            if path is None and reference.data is None:
                continue
            try:
                look_at(required_bytes(reference, path) if number or first is None else first)
            except BadInput as refusal:
                return f"{self._name_of(reference, path)}: {refusal}"
        return ""

    def refuse_unreadable(self, subjects: Sequence[Subject], paths: Paths) -> None:
        """Refuse what `store` would, of rows with pictures that were looked at."""
        self._keep(subjects, paths)
        for subject in subjects:
            if subject.unreadable and id(subject) in paths and not subject.row.is_refused:
                subject.row.refuse(subject.unreadable, REPLACE)

    def store(
        self, subjects: Sequence[Subject], paths: Paths
    ) -> tuple[dict[int, list[Image]], int]:
        """(by row's place its pictures, stored where its sample needs them, how many rows are done).

        The first row with pictures always is. Several are decoded at a time.
        """
        self._keep(subjects, paths)
        wanted = [
            (number, reference, path)
            for number, subject in enumerate(subjects)
            if id(subject) in paths and not subject.row.is_refused
            for reference, path in zip(subject.row.images, paths[id(subject)], strict=True)
            if path is not None or reference.data is not None or self.is_fetched(reference, path)
        ]
        images: dict[int, list[Image]] = defaultdict(list)
        workspace = self.answer_import.dataset.workspace
        uploads = self._uploads(wanted)
        count = 0
        for count, result in enumerate(self._stored(workspace, uploads), start=1):
            number, reference, path = wanted[count - 1]
            subject = subjects[number]
            self.answer_import.renew()
            if not isinstance(result, BadInput):
                images[id(subject)].append(result.image)
            elif not subject.row.is_refused:
                subject.row.refuse(f"{self._name_of(reference, path)}: {result}", REPLACE)
        return images, wanted[count][0] if count < len(wanted) else len(subjects)

    def _stored(
        self, workspace: Workspace, uploads: Iterator[Upload]
    ) -> Iterator[Stored | BadInput]:
        """Their results. Raises OSError while nothing can be stored: tried again as long as that lasts."""
        try:
            yield from store_ahead(workspace, uploads, threads=settings.IMPORT_THREADS)
        except OSError:  # a full disk is not the fault of the file
            self.answer_import.renew(losses=0)
            raise

    def _uploads(
        self, wanted: Sequence[tuple[int, ImageReference, Path | None]]
    ) -> Iterator[Upload]:
        """In order; those that come from addresses are downloaded some ahead."""
        waiting: deque[Upload] = deque()
        with (
            Fetcher(allow=settings.PRIVATE_REMOTES) as fetcher,
            ThreadPoolExecutor(FETCHED_AT_A_TIME, "fetch") as pool,
        ):
            for number, reference, path in wanted:
                if len(waiting) == FETCHED_AT_A_TIME:
                    yield waiting.popleft()
                if number != wanted[0][0] and time.monotonic() >= self.end:
                    break
                read: Callable[[], bytes] = partial(required_bytes, reference, path)
                if self.is_fetched(reference, path):
                    read = pool.submit(fetch_picture, fetcher, reference.path).result
                waiting.append(Upload(read=read, name=self._name_of(reference, path)))
            yield from waiting

    def _keep(self, subjects: Sequence[Subject], paths: Paths) -> None:
        """Of rows whose sample has pictures store none: it keeps those. One query for all."""
        ids = {each.sample.pk for each in subjects if each.sample is not None and id(each) in paths}
        if not ids:
            return
        relations = SampleImage.objects.filter(sample__in=ids).order_by()
        having = set(relations.values_list("sample_id", flat=True))
        for each in subjects:
            if each.sample is not None and each.sample.pk in having:
                paths.pop(id(each), None)

    def _name_of(self, reference: ImageReference, path: Path | None) -> str:
        if path is not None and self.files.root is not None:
            return path.relative_to(self.files.root).as_posix()
        return next(names_of(reference), "")
