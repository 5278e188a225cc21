"""Conditions of a gallery's filter that are read apart: each has a part of the address of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from annotator.accounts.roles import Action
from annotator.datasets.models import Variable


@dataclass(frozen=True)
class ExtraCondition:
    """A demand; `key` is its name in the address, `words` its chip, which ends with the name of `person`.

    `action` is what a member must be allowed who is to learn which samples pass.
    """

    key: str
    words: str
    condition: Q
    person: int | None = None
    action: Action = Action.READ


# Reads the address for its conditions; raises ValueError with what is wrong.
ExtraReader = Callable[[Mapping[str, str], Sequence[Variable]], list[ExtraCondition]]
