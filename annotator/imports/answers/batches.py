"""One batch of rows: read, matched and written in one transaction with the import's checkpoint.

A check does the same and takes it back: what it counts is what an import would do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import F

from annotator.compiled import CompiledInsert
from annotator.datasets.models import Dataset, Variable
from annotator.images.models import Image
from annotator.imports.answers.cells import SEVERAL, RowReader
from annotator.imports.answers.finding import Files
from annotator.imports.answers.mapping import targets_of
from annotator.imports.answers.matching import Subject, match, unmatched_reason
from annotator.imports.answers.pictures import Paths, Pictures
from annotator.imports.answers.rows import Refusal, Row
from annotator.imports.answers.writing import write
from annotator.imports.answers.written import Written
from annotator.imports.formats.records import ImageReference, Record, Role, Source
from annotator.imports.models import AnswerImport, AnswerRefusal, AnswerRow
from annotator.names import storable

ROWS = 1_000  # of one batch
PICTURE_ROWS = 200  # of one whose pictures are stored: some ten seconds of work
BYTES = 50_000_000  # of the pictures that a batch's rows hold themselves
INSERT_ROWS = CompiledInsert(
    AnswerRow, ("answer_import_id", "number", "key", "sample_id", "is_made", "changes")
)
NO_MAKING = (
    "This dataset is a copy: samples are made on its remote.",
    "Add the picture there; mirroring brings its sample here.",
)


def batches(records: Iterator[Record], *, rows: int = ROWS) -> Iterator[list[Record]]:
    """The records in lists of at most `rows`, whose own pictures have about BYTES at most."""
    batch: list[Record] = []
    size = 0
    for record in records:
        batch.append(record)
        size += sum(
            len(each.data)
            for cell in record.cells.values()
            if isinstance(cell, list)
            for each in cell
            if isinstance(each, ImageReference) and each.data
        )
        if len(batch) == rows or size > BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class Importer:
    """Works on the rows of one import, batch by batch, as long as this process holds its lease.

    After `end` (of `time.monotonic`) it begins no other row's pictures.
    """

    def __init__(
        self,
        answer_import: AnswerImport,
        source: Source,
        *,
        is_check: bool,
        files: Files,
        end: float,
    ) -> None:
        """Raises BadInput for a mapping that no longer fits the dataset."""
        self.answer_import = answer_import
        self.dataset = answer_import.dataset
        self.source = source
        self.is_check = is_check
        self.pictures = Pictures(answer_import, files, end=end)
        self.refresh()

    @property
    def batch_rows(self) -> int:
        """How many rows it does at once."""
        stores_pictures = any(each.role == Role.IMAGES for each in self.reader.targets)
        return PICTURE_ROWS if stores_pictures and not self.is_check else ROWS

    def refresh(self) -> None:
        """Read the dataset's variables anew: somebody may have changed them."""
        self.reader = RowReader(
            self.dataset,
            targets_of(self.answer_import.mapping),
            standing=self.answer_import.standing,
            mended=self.answer_import.mended,
            decimal=self.source.reading.decimal if self._asks_decimal else ".",
        )

    @property
    def _asks_decimal(self) -> bool:
        return "decimal" in self.source.reading_choices()

    def do(self, records: Sequence[Record]) -> None:
        """Check or import these records, the first of them once the time is over. Raises LeaseLost when it
        was cancelled, BadInput and Conflict when the schema or a value changed just now: then do them again.
        """
        subjects = [Subject(self.reader.read(record)) for record in records]
        open_ = [subject for subject in subjects if not subject.row.is_refused]
        paths = self.pictures.find(open_, looks=self.is_check)
        match(self.dataset, open_)
        self._refuse_unmatched(open_, paths)
        self._refuse_repeated(open_)
        images: dict[int, list[Image]] = {}
        if self.is_check:
            self.pictures.refuse_unreadable(open_, paths)
        else:
            images, done = self.pictures.store(subjects, paths)
            del subjects[done:]
        rows = [
            Written(subject, images.get(id(subject), []))
            for subject in subjects
            if not subject.row.is_refused
        ]
        with transaction.atomic():
            self._write(rows)
            self._checkpoint(rows, [each.row for each in subjects])

    def _refuse_unmatched(self, subjects: Sequence[Subject], paths: Paths) -> None:
        for subject in subjects:
            row = subject.row
            if subject.sample is not None or row.is_refused:
                continue
            if not subject.digests and not subject.address:
                row.refuse(*unmatched_reason(row))
                continue
            missing = [
                reference.path
                for reference, path in zip(row.images, paths[id(subject)], strict=True)
                if reference.data is None
                and path is None
                and not self.pictures.is_fetched(reference, path)
            ]
            if missing:
                remedy = "Send the picture together with this file."
                row.refuse(f"The picture {missing[0]} is not among the files.", remedy)
            elif self.dataset.is_mirrored:
                row.refuse(*NO_MAKING)

    def _refuse_repeated(self, subjects: Sequence[Subject]) -> None:
        """Of two rows about one sample the first counts."""
        waiting = [subject for subject in subjects if not subject.row.is_refused]
        keys = [subject.key for subject in waiting]
        known = self.answer_import.rows.filter(key__in=set(keys))
        earlier = dict(known.values_list("key", "number"))
        for key, subject in zip(keys, waiting, strict=True):
            row = subject.row
            if key not in earlier:
                earlier[key] = row.number
                continue
            if earlier[key] == row.number:
                row.refuse(*SEVERAL)
                continue
            row.refuse(
                f"Row {earlier[key]:,} is about the same sample.",
                "Keep one of the rows, or give each sample an external id of its own.",
            )

    def _write(self, rows: Sequence[Written]) -> None:
        if not rows:
            return
        # One import at a time compares with what the dataset has and adds the rest.
        Dataset.objects.select_for_update(no_key=True).get(pk=self.dataset.pk)
        if not self.is_check:
            write(self.answer_import, rows, reads_pictures=True)
            return
        with transaction.atomic():
            unsaved = {v for row in rows for v in row.subject.row.values if v._state.adding}
            Variable.objects.bulk_create(unsaved)
            keys = [(row, row.subject.key, row.subject.sample) for row in rows]
            write(self.answer_import, rows, reads_pictures=False)
            transaction.set_rollback(True)
        for variable in unsaved:
            variable._state.adding = True
        for row, key, sample in keys:
            row.changes, row.subject.sample = {"key": key}, sample

    def _checkpoint(self, written: Sequence[Written], rows: Sequence[Row]) -> None:
        """Keep what came of the batch with the place where the next one begins."""
        of_import = self.answer_import
        INSERT_ROWS.insert_tuples(
            (
                of_import.pk,
                row.subject.row.number,
                row.changes.pop("key", None) or row.subject.key,
                row.subject.sample.pk if row.subject.sample else None,
                row.is_made and not self.is_check,
                row.changes,
            )
            for row in written
        )
        refusals = [refusal for row in rows for refusal in row.refusals]
        AnswerRefusal.objects.bulk_create(
            [kept(of_import, refusal) for refusal in refusals], batch_size=100
        )
        counts: Counter[str] = Counter()
        for row in written:
            counts.update(row.counts)
        changes = {name: F(name) + number for name, number in counts.items()}
        of_import.renew(
            losses=0,
            position=F("position") + len(rows),
            refused=F("refused") + len(refusals),
            **changes,
        )
        of_import.refresh_from_db(fields=["position", "refused", *counts])


def kept(answer_import: AnswerImport, refusal: Refusal) -> AnswerRefusal:
    """The refusal's row, not saved."""
    return AnswerRefusal(
        answer_import=answer_import,
        number=refusal.number,
        column=storable(refusal.column)[:300],
        value=storable(refusal.value)[:500],
        reason=storable(refusal.reason)[:500],
        remedy=refusal.remedy[:300],
    )
