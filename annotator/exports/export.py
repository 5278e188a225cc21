"""What every export format shares: which samples go in, what is left out and why, and the zip."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from annotator.datasets.models import Dataset, Variable
from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow, training_rows
from annotator.exports.archive import Member, file_blocks, stream_zip
from annotator.images.files import stored_path
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

    dataset: Dataset
    approved_only: bool = False
    task: Task | None = None
    counts: dict[str, int] = field(default_factory=lambda: {"train": 0, "test": 0, "left_out": 0})
    left_out: list[dict[str, str]] = field(default_factory=list)
    empty_places: Counter[str] = field(default_factory=Counter)
    """By the name of a place in the prompts: the samples whose metadata has no value for it."""
    images: set[tuple[str, str]] = field(default_factory=set)
    """(sha256, extension) of each picture of the samples written so far."""

    @abstractmethod
    def lines(self, split: str) -> Iterator[bytes]:
        """The samples of "train" or "test", as the format's main files hold them."""

    @abstractmethod
    def members(self) -> Iterator[Member]:
        """The files of the zip, in order."""

    @cached_property
    def variables(self) -> list[Variable]:
        """The dataset's variables, in order."""
        return list(self.dataset.variables.live())

    def stream(self) -> Iterator[bytes]:
        """The zip's bytes. Memory grows with the number of images (their names are kept)."""
        return stream_zip(self.members())

    def samples(self, split: str) -> Iterator[tuple[TrainingRow, Rendered]]:
        """The split's samples with their texts; what can't be written exactly is left out and noted."""
        rows = training_rows(
            self.dataset,
            self.task,
            approved_only=self.approved_only,
            test=split == "test",
            with_objects=self.needs_objects,
        )
        for row in rows:
            problem = row.problem or self.refusal(row, row.rendered)
            if problem:
                self._leave_out(row, problem)
                continue
            self.counts[split] += 1
            self.empty_places.update(row.rendered.empty_places)
            yield row, row.rendered

    def refusal(self, row: TrainingRow, rendered: Rendered) -> str:
        """Why this format can't hold a sample that others can; empty when it can."""
        return ""

    def picture_names(self, row: TrainingRow) -> list[str]:
        """A sample's pictures as files of the archive, in order; `picture_members` writes them."""
        pictures = [(image.sha256, image.extension) for image in row.images]
        self.images.update(pictures)
        return [picture_name(*picture) for picture in pictures]

    def picture_members(self) -> Iterator[Member]:
        """Each picture of the samples written so far."""
        for picture in sorted(self.images):
            yield picture_name(*picture), file_blocks(stored_path(*picture))

    def manifest(self) -> dict[str, Any]:
        """What is in the archive. Complete once the samples have been written."""
        return {
            "dataset": self.dataset.name,
            "export": self.name,
            "approved_only": self.approved_only,
            "samples": self.counts,
            "images": len(self.images),
            "left_out": self.left_out,
        }

    def _leave_out(self, row: TrainingRow, reason: str) -> None:
        self.counts["left_out"] += 1
        if len(self.left_out) < LEFT_OUT_NAMED:
            entry = {"id": str(row.sample.pk), "name": str(row.sample), "reason": reason}
            self.left_out.append(entry)


def picture_name(sha256: str, extension: str) -> str:
    """A picture's file in the archive."""
    return f"images/{sha256}.{extension}"
