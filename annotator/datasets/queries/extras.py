"""Conditions of a gallery's filter that are read apart: each has a part of the address of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from annotator.accounts.roles import Action
from annotator.datasets.models import SampleQuerySet, Variable


@dataclass(frozen=True)
class Listing:
    """The samples that pass a condition, from an index of other rows that holds one for each at most.

    `narrow` joins these rows and annotates the samples with `columns`, by which the index is ordered.
    """

    label: str  # “Most confident first”
    narrow: Callable[[SampleQuerySet], SampleQuerySet]
    columns: tuple[str, str]  # the second one is the sample's id
    is_descending: bool


@dataclass(frozen=True)
class ExtraCondition:
    """A demand; `key` is its name in the address, `words` its chip, which ends with the name of `person`.

    `condition` gives it for samples in any order. `one_by_one` is the same, asked of each sample in turn:
    sooner where many pass. `action` is what a member must be allowed who is to learn which samples pass.
    """

    key: str
    words: str
    condition: Callable[[], Q]
    person: int | None = None
    action: Action = Action.READ
    one_by_one: Q | None = None
    listing: Listing | None = None

    def narrow(
        self, samples: SampleQuerySet, *, frequent: bool, listing: Listing | None
    ) -> SampleQuerySet:
        """The samples that pass: by `listing` if it's this one's, one by one where that is soonest."""
        if listing is not None and listing is self.listing:
            return listing.narrow(samples)
        if frequent and self.one_by_one is not None:
            return samples.filter(self.one_by_one)
        return samples.filter(self.condition())


# Reads the address for its conditions; raises ValueError with what is wrong.
ExtraReader = Callable[[Mapping[str, str], Sequence[Variable]], list[ExtraCondition]]
