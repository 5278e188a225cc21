"""What a preflight says: lines that block or inform, each with the way to its samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from annotator.datasets.models import Dataset
from annotator.ui.charts import Bar, bar_chart

NAMED = 5  # samples that a line leads to, where no filter of the gallery finds them

Named = tuple[str, str]  # id and name of a sample
Samples = tuple[Named, ...]


@dataclass(frozen=True)
class Finding:
    """One line. `url` leads to all its samples, else `samples` (id, name) are the first of them."""

    text: str
    url: str = ""
    samples: Samples = ()


@dataclass
class Preflight:
    """Counts, then what blocks (`blocking`) and what may be accepted (`informing`).

    `lengths` counts the answers by their tokens (histogram). `costs` says what a run would take, line by
    line. `checked_at` says when the samples were looked at.
    """

    train: int = 0
    test: int = 0
    excluded: int = 0
    blocking: list[Finding] = field(default_factory=list)
    informing: list[Finding] = field(default_factory=list)
    lengths: list[tuple[str, int]] = field(default_factory=list)
    lengths_title: str = ""
    costs: list[tuple[str, str]] = field(default_factory=list)
    memory_gb: float = 0.0  # that a run would need; 0: not known
    disk_gb: float = 0.0
    checked_at: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing blocks."""
        return not self.blocking

    @property
    def problems(self) -> list[str]:
        """What blocks, as sentences."""
        return [finding.text for finding in self.blocking]

    @property
    def warnings(self) -> list[str]:
        """What may be accepted, as sentences."""
        return [finding.text for finding in self.informing]

    @property
    def length_bars(self) -> list[Bar]:
        """The histogram of the answers' lengths."""
        return bar_chart([(name, float(count)) for name, count in self.lengths], text=_whole)

    def blocks(self, text: str, *, url: str = "", samples: Samples = ()) -> None:
        """Add a line that blocks."""
        self.blocking.append(Finding(text, url, samples))

    def informs(self, text: str, *, url: str = "", samples: Samples = ()) -> None:
        """Add a line that may be accepted."""
        self.informing.append(Finding(text, url, samples))


def gallery(dataset: Dataset, **conditions: str) -> str:
    """The address of the samples that pass the conditions; keys as in the gallery's address."""
    return f"{reverse('datasets:gallery', args=[dataset.pk])}?{urlencode(conditions)}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"
