"""What every export format shares: which samples go in, what is left out and why, and the zip."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from typing import Any, ClassVar

from annotator.accounts.people import People
from annotator.datasets.models import Dataset, Variable
from annotator.datasets.models.variable import schema_version
from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import RowChoice, TrainingRow, rows_of, training_rows
from annotator.exports.archive import Member, stream_zip
from annotator.exports.pictures import Copy, copy_of, reference
from annotator.exports.selection import Pictures, Selection
from annotator.images.files import original_name
from annotator.snapshots.files import SnapshotFile
from annotator.storage import files as stored
from annotator.training.models import Task

LEFT_OUT_NAMED = 1000  # all are counted


@dataclass
class Export(ABC):
    """One export while it is written: what to write, and what has been written so far.

    A format is a subclass and joins `FORMATS`.
    """

    name: ClassVar[str]
    """In addresses."""
    label: ClassVar[str]
    """On screens."""
    about: ClassVar[str]
    """What the zip holds, in a sentence or two."""

    for_people: ClassVar[bool] = False
    """Whether people or other annotation tools read it, not a trainer."""
    needs_objects: ClassVar[bool] = False
    """Whether the detection objects of the pictures are read."""
    picture_choices: ClassVar[tuple[str, ...]] = tuple(Pictures.values)
    """How it can give the pictures."""

    dataset: Dataset
    selection: Selection = field(default_factory=Selection)
    host: str = ""
    """https://name[:port] of this server, for links."""
    task: Task | None = None
    snapshot: SnapshotFile | None = None
    """What is read in place of the database; `dataset` is that of the snapshot."""
    counts: dict[str, int] = field(default_factory=lambda: {"train": 0, "test": 0, "left_out": 0})
    left_out: list[dict[str, str]] = field(default_factory=list)
    empty_places: Counter[str] = field(default_factory=Counter)
    """By the name of a place in the prompts: the samples whose metadata has no value for it."""
    images: set[Copy] = field(default_factory=set)
    """Each picture of the samples written so far."""
    pictures_written: int = 0
    _people: People = field(default_factory=People)

    @abstractmethod
    def lines(self, split: str) -> Iterator[bytes]:
        """The samples of "train" or "test", as the format's main files hold them."""

    @abstractmethod
    def members(self) -> Iterator[Member]:
        """The files of the zip, in order."""

    @cached_property
    def variables(self) -> list[Variable]:
        """The dataset's variables that go in, in order."""
        chosen = self.selection.variables
        return [each for each in self.all_variables if chosen is None or each.name in chosen]

    @cached_property
    def all_variables(self) -> list[Variable]:
        """The dataset's variables, in order."""
        if self.snapshot is not None:
            return self.snapshot.variables
        return list(self.dataset.variables.live())

    @cached_property
    def problem(self) -> str:
        """Why nothing can be written with this selection; empty when it can."""
        problems = list(self.selection.problems)
        if self.snapshot is not None and self.selection.filter.is_narrowed:
            problems.append(
                "A snapshot is exported whole, by states or by variables: remove the filter."
            )
        if self.selection.pictures not in self.picture_choices:
            words = [Pictures(each).label.lower() for each in self.picture_choices]
            problems.append(f"{self.label} takes pictures as {' or '.join(words)}.")
        return " ".join(problems)

    def stream(self) -> Iterator[bytes]:
        """The zip's bytes. Memory grows with the number of images (their names are kept)."""
        return stream_zip(self.members())

    def samples(self, split: str) -> Iterator[tuple[TrainingRow, Rendered]]:
        """The split's samples with their texts; what can't be written exactly is left out and noted."""
        for row in self.rows_of(split):
            problem = row.problem or self.refusal(row, row.rendered) or self._lost_picture(row)
            if problem:
                self._leave_out(row, problem)
                continue
            self.counts[split] += 1
            self.empty_places.update(row.rendered.empty_places)
            yield row, row.rendered

    def rows_of(self, split: str) -> Iterator[TrainingRow]:
        """The rows of the split's chosen samples, in order."""
        if self.snapshot is not None:
            hidden = [each for each in self.all_variables if each not in self.variables]
            data = self.selection.data_of(self.snapshot, test=split == "test")
            return rows_of(data, self.variables, hidden=hidden)
        return training_rows(
            self.dataset,
            self.task,
            choice=self.choice,
            test=split == "test",
            with_objects=self.needs_objects,
        )

    @cached_property
    def choice(self) -> RowChoice:
        """Which rows are read."""
        return self.selection.choice(self.dataset)

    def _lost_picture(self, row: TrainingRow) -> str:
        """A snapshot's pictures may have been deleted since."""
        if self.snapshot is None or self.selection.pictures != Pictures.COPIES:
            return ""
        is_here = all(stored.exists(original_name(image)) for image in row.images)
        return "" if is_here else "a picture of it was deleted since the snapshot"

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """Why this format can't hold a sample that others can; empty when it can."""
        return ""

    def picture_names(self, row: TrainingRow) -> list[str]:
        """A sample's pictures in order: files of the archive (which `picture_members` writes), links or
        names.
        """
        copies = [copy_of(image, self.selection) for image in row.images]
        self.images.update(copies)
        if self.selection.pictures == Pictures.COPIES:
            return [copy.name for copy in copies]
        return [reference(image, self.selection, self.host) for image in row.images]

    def picture_members(self) -> Iterator[Member]:
        """Each picture of the samples written so far, where the export has copies."""
        if self.selection.pictures == Pictures.COPIES:
            for copy in sorted(self.images, key=lambda copy: copy.name):
                yield copy.name, copy.blocks()
                self.pictures_written += 1

    def provenance(self, row: TrainingRow) -> dict[str, Any]:
        """Which sample a record comes from, where its pictures come from, who said so and when.

        Texts are empty where something is not known.
        """
        people = {each.set_by for each in row.given if each.set_by is not None}
        at = max((each.set_at for each in row.given if each.set_at), default=None)
        return {
            "id": str(row.sample.pk),
            "name": row.sample.name or "",
            "files": [
                {"name": each.name, "path": each.path or each.name, "sha256": each.source_sha256}
                for each in row.images
            ],
            "labeled_by": ", ".join(sorted(map(self._people.name, people))),
            # With milliseconds: without, some readers make a time of the column, others a text.
            "labeled_at": f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
            if at
            else "",
            "schema": self.schema_version,
        }

    @cached_property
    def schema_version(self) -> str:
        """Of all the dataset's variables."""
        return schema_version(self.all_variables)

    def manifest(self) -> dict[str, Any]:
        """What is in the archive. Complete once the samples have been written."""
        return {
            "dataset": self.dataset.name,
            "export": self.name,
            "selection": self.selection.query,
            "schema": self.schema_version,
            "samples": self.counts,
            "images": len(self.images),
            "left_out": self.left_out,
        }

    def _leave_out(self, row: TrainingRow, reason: str) -> None:
        self.counts["left_out"] += 1
        if len(self.left_out) < LEFT_OUT_NAMED:
            entry = {"id": str(row.sample.pk), "name": str(row.sample), "reason": reason}
            self.left_out.append(entry)
