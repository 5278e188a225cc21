"""What the preflight remembers of the samples that it renders: some names, counts and hashes, no texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotator.datasets.models import Variable
from annotator.datasets.training_rows import TrainingRow
from annotator.training.preflight.costs import Costs
from annotator.training.preflight.findings import NAMED, Named
from annotator.training.preflight.lengths import AnswerLengths
from annotator.training.runner.vlm.signs import sign_in
from annotator.variables import Metric


@dataclass
class Seen:
    """Of one dataset, as far as it was rendered."""

    variables: Sequence[Variable]
    lengths: AnswerLengths
    costs: Costs | None = None  # of a base
    by_reason: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    refused: set[str] = field(default_factory=set)  # reasons that rendering gave
    by_place: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    by_sign: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    signs: Counter[tuple[str, bool]] = field(default_factory=Counter)  # samples by sign and test
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
        self.lengths.add(named, row.rendered.answer)
        if self.costs is not None:
            self._add_to_costs(self.costs, row, named)
        self._add_data(row, named)

    def _add_to_costs(self, costs: Costs, row: TrainingRow, named: Named) -> None:
        """A text with a sign of the base's own leaves its sample out; a test sample's answer may hold one."""
        texts = [row.rendered.system, row.rendered.user]
        texts += [] if row.sample.test else [row.rendered.answer]
        sign = sign_in(texts, costs.facts.special_tokens)
        if sign:
            self.signs[sign, row.sample.test] += 1
            _name(self.by_sign[sign], named)
        elif not row.sample.test:
            costs.add(row, named)

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


def _digest(value: object) -> int:
    """Tells different values apart without keeping them."""
    return hash(repr(value))


def _name(samples: list[Named], named: Named) -> None:
    if len(samples) < NAMED:
        samples.append(named)
