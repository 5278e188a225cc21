"""What the preflight remembers of the samples that it renders: some names, counts and hashes, no texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotator.datasets.models import Variable
from annotator.datasets.training_rows import TrainingRow
from annotator.training.preflight.findings import NAMED
from annotator.variables import Metric

BYTES_PER_TOKEN = 3  # an estimate: 4 letters of English, fewer of JSON and other languages
Named = tuple[str, str]  # id and name of a sample


@dataclass
class Seen:
    """Of one dataset, as far as it was rendered."""

    variables: Sequence[Variable]
    max_tokens: int
    by_reason: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    refused: set[str] = field(default_factory=set)  # reasons that rendering gave
    by_place: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    lengths: Counter[int] = field(default_factory=Counter)  # samples by estimated tokens
    too_long: list[Named] = field(default_factory=list)
    values: dict[str, Counter[object]] = field(default_factory=lambda: defaultdict(Counter))
    train_images: set[str] = field(default_factory=set)
    test_images: dict[str, Named] = field(default_factory=dict)

    def add(self, row: TrainingRow) -> None:
        """Look at one more."""
        named = (str(row.sample.pk), str(row.sample))
        if row.problem:
            _name(self.by_reason[row.problem], named)
            if row.problem == row.rendered.problem:
                self.refused.add(row.problem)
            return
        for place in row.rendered.empty_places:
            _name(self.by_place[place], named)
        tokens = estimated_tokens(row.rendered.answer)
        self.lengths[tokens] += 1
        if tokens > self.max_tokens:
            _name(self.too_long, named)
        self._add_data(row, named)

    def _add_data(self, row: TrainingRow, named: Named) -> None:
        hashes = {image.sha256 for image in row.images if image.sha256}
        if row.sample.test:
            for sha256 in hashes:
                self.test_images.setdefault(sha256, named)
            return
        self.train_images |= hashes
        for variable in self.variables:
            if variable.name in row.values:
                value = row.values[variable.name]
                is_exact = variable.spec.type_rules.metric == Metric.EXACT
                self.values[variable.name][value if is_exact else _digest(value)] += 1


def estimated_tokens(answer: str) -> int:
    """How many tokens a model may need for the answer; no tokenizer is asked."""
    return -(-len(answer.encode()) // BYTES_PER_TOKEN)


def _digest(value: object) -> int:
    """Tells different values apart without keeping them."""
    return hash(repr(value))


def _name(samples: list[Named], named: Named) -> None:
    if len(samples) < NAMED:
        samples.append(named)
