"""What base, ours and theirs say together; push and mirror judge by the same words.

Base is what the remote held when it was last seen, ours what is here, theirs what it holds now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from annotator.datasets.models import Variable, VariableValue
from annotator.remote.values import RemoteValue
from annotator.variables import ValueRefused
from annotator.variables.json_text import check_json, same


@dataclass(frozen=True)
class Held:
    """A value, or the knowledge that there is none."""

    is_set: bool
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        """The form in which a conflict keeps it."""
        return {"is_set": self.is_set, "value": self.value}


ABSENT = Held(False)


class Verdict(Enum):
    """Who changed the value since the base."""

    SAME = "same"  # both hold the same now
    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


def verdict(*, base: Held, ours: Held, theirs: Held) -> Verdict:
    """Three-way comparison; what both sides changed in the same way is no conflict."""
    if alike(ours, theirs):
        return Verdict.SAME
    if alike(theirs, base):
        return Verdict.OURS
    if alike(ours, base):
        return Verdict.THEIRS
    return Verdict.BOTH


def alike(one: Held, other: Held) -> bool:
    """Both absent, or the same JSON. A database may respell a number that no variable allowed."""
    if not (one.is_set and other.is_set):
        return one.is_set == other.is_set
    return same(one.value, other.value) or same(_spelled(one.value), _spelled(other.value))


def _spelled(value: Any) -> Any:
    """In the one spelling that all JSON has."""
    try:
        return check_json(value)
    except ValueRefused:
        return value


def canonical(variable: Variable, value: Any) -> Any:
    """The value as the variable writes it (8 of a float is 8.0); one that it refuses, as it is."""
    try:
        return variable.spec.check(value)
    except ValueRefused:
        return value


def held(variable: Variable, value: Any, *, is_set: bool) -> Held:
    """The value in its canonical form. A null is no value, nor is a text of white space (Q15)."""
    value = canonical(variable, value) if is_set else None
    return ABSENT if value is None else Held(True, value)


def ours_of(variable: Variable, row: VariableValue | None) -> Held:
    """What is here."""
    return ABSENT if row is None else held(variable, row.value, is_set=row.is_set)


def base_of(variable: Variable, row: VariableValue | None) -> Held:
    """What the remote held when last seen."""
    state = row.remote_state if row is not None else None
    return ABSENT if state is None else held(variable, state.get("value"), is_set=True)


def theirs_of(variable: Variable, values: Mapping[str, RemoteValue]) -> Held:
    """What a sample of the remote holds for this variable; by its id where that is known."""
    remote_value = next((v for v in values.values() if v.variable_id == variable.remote_key), None)
    if remote_value is None:
        remote_value = values.get(variable.name)
        if remote_value is not None and remote_value.variable_id not in (None, variable.remote_key):
            remote_value = None  # the same name, but another variable
    return ABSENT if remote_value is None else held(variable, remote_value.value, is_set=True)


def state_of(what: Held) -> dict[str, Any] | None:
    """The form in which `remote_state` keeps it; None: the remote holds no value."""
    return {"value": what.value} if what.is_set else None
