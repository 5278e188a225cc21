"""Suggestions are written, many at once; what a source proposed before is superseded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import Workspace
from annotator.datasets.models import Sample, Variable
from annotator.errors import BadInput
from annotator.names import storable
from annotator.suggestions.actions.ordering import keep_least_confidence
from annotator.suggestions.models import MAX_RAW_CHARACTERS, Source, Suggestion
from annotator.variables import ValueRefused

BATCH = 500  # rows of one statement: SQLite takes only so many parameters
LONGEST_REASON = 500  # characters
State = Suggestion.State


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One value that a source proposes; None takes back what it proposed before.

    `confidence` is a share, 0 to 1 inclusive; None: the source gives none.
    """

    sample: Sample
    variable: Variable
    value: Any
    confidence: float | None = None
    raw_text: str = ""

    @property
    def key(self) -> tuple[UUID, UUID]:
        """What it is about."""
        return self.sample.pk, self.variable.pk


@dataclass(frozen=True)
class Outcome:
    """What became of a proposal. With an `invalid_reason` it is kept, and shown to nobody."""

    is_changed: bool
    invalid_reason: str = ""


def source_of(workspace: Workspace, *, kind: str, name: str, version: str = "") -> Source:
    """The source, made when it is new. BadInput for a name or version that is too long or empty."""
    name, version = storable(name).strip(), storable(version).strip()
    if not 0 < len(name) <= Source.NAME_LENGTH or len(version) > Source.VERSION_LENGTH:
        raise BadInput(
            f"Name the source in 1 to {Source.NAME_LENGTH} characters, its version in at most"
            f" {Source.VERSION_LENGTH}."
        )
    source, _ = Source.objects.get_or_create(
        workspace=workspace, kind=kind, name=name, version=version
    )
    return source


@transaction.atomic
def propose(source: Source, proposals: Sequence[Proposal]) -> list[Outcome]:
    """Write what the source proposes; the outcomes are in the order of the proposals.

    What it, or another version of it, proposed for the same variable of the same sample is superseded. The
    same proposal again changes nothing, whatever became of the first: the call is idempotent. A value that
    the variable does not allow is kept with the reason.

    Raises BadInput for a variable of another dataset, a confidence that is no share, or a variable of one
    sample that is proposed twice; then nothing is written.
    """
    _check(proposals)
    # Locks the source: two workers that propose for it take turns. SQLite has one writer anyway.
    siblings = list(Source.objects.siblings(source).select_for_update().order_by("pk"))
    outcomes: list[Outcome] = []
    for start in range(0, len(proposals), BATCH):
        outcomes += _write(source, siblings, proposals[start : start + BATCH])
    changed = zip(proposals, outcomes, strict=True)
    keep_least_confidence(each.sample.pk for each, outcome in changed if outcome.is_changed)
    return outcomes


def _check(proposals: Iterable[Proposal]) -> None:
    seen: set[tuple[UUID, UUID]] = set()
    for each in proposals:
        name = each.variable.name
        if each.variable.dataset_id != each.sample.dataset_id:
            raise BadInput(f"The variable {name} belongs to another dataset than the sample.")
        if each.confidence is not None and not 0 <= each.confidence <= 1:
            raise BadInput(f"The confidence of {name} must be from 0 to 1.")
        if each.key in seen:
            raise BadInput(f"{name} of one sample is proposed twice.")
        seen.add(each.key)


def _write(source: Source, siblings: list[Source], proposals: Sequence[Proposal]) -> list[Outcome]:
    known = _known(siblings, proposals)
    superseded: list[int] = []
    fresh: list[Suggestion] = []
    outcomes = []
    for each in proposals:
        rows = known.get(each.key, [])
        row = _row(source, each)
        if _is_known(row, rows, source):
            outcomes.append(Outcome(is_changed=False, invalid_reason=row.invalid_reason))
            continue
        is_open = [old.pk for old in rows if old.state == State.OPEN]
        superseded += is_open
        if each.value is not None:
            fresh.append(row)
        is_changed = each.value is not None or bool(is_open)
        outcomes.append(Outcome(is_changed=is_changed, invalid_reason=row.invalid_reason))
    for start in range(0, len(superseded), BATCH):
        waiting = Suggestion.objects.filter(
            pk__in=superseded[start : start + BATCH], state=State.OPEN
        )
        waiting.update(state=State.SUPERSEDED, closed_at=timezone.now())
    Suggestion.objects.bulk_create(fresh, batch_size=BATCH)
    return outcomes


def _known(
    siblings: list[Source], proposals: Sequence[Proposal]
) -> dict[tuple[UUID, UUID], list[Suggestion]]:
    """What all versions of the source proposed for the same, oldest first, by sample and variable."""
    rows = Suggestion.objects.filter(
        sample__in={each.sample.pk for each in proposals},
        variable__in={each.variable.pk for each in proposals},
        source__in=siblings,
    )
    known: dict[tuple[UUID, UUID], list[Suggestion]] = {}
    for row in rows.defer("raw_text").order_by("pk"):
        known.setdefault((row.sample_id, row.variable_id), []).append(row)
    return known


def _row(source: Source, proposal: Proposal) -> Suggestion:
    """The suggestion, not saved: canonical, or as it came with the reason why it is illegal."""
    value, reason = proposal.value, ""
    if value is not None:
        try:
            value = proposal.variable.spec.check(value)
            reason = "It is empty." if value is None else ""
        except ValueRefused as refusal:
            reason = str(refusal)[:LONGEST_REASON]
    return Suggestion(
        sample=proposal.sample,
        variable=proposal.variable,
        source=source,
        value=kept(proposal.value) if reason else value,
        confidence=proposal.confidence,
        raw_text=storable(proposal.raw_text)[:MAX_RAW_CHARACTERS],
        invalid_reason=reason,
        closed_at=timezone.now() if reason else None,
    )


def kept(value: Any) -> Any:
    """An illegal value as every database can keep it: whole texts, finite numbers, not too long."""
    if isinstance(value, dict):
        value = {storable(str(key)): kept(part) for key, part in value.items()}
    elif isinstance(value, list | tuple):
        value = [kept(part) for part in value]
    elif isinstance(value, str):
        value = storable(value)
    elif not isinstance(value, bool | int | None) and not math.isfinite(value):
        value = str(value)
    text = value if isinstance(value, str) else str(value)
    return text[:MAX_RAW_CHARACTERS] if len(text) > MAX_RAW_CHARACTERS else value


def _is_known(row: Suggestion, rows: list[Suggestion], source: Source) -> bool:
    """Whether the source has proposed just this, and taken nothing back since."""
    own = [old for old in rows if old.source_id == source.pk]
    if not own or row.value is None:
        return False
    last = own[-1]
    is_taken_back = last.state == State.SUPERSEDED and rows[-1].pk == last.pk
    is_same = (last.confidence, last.invalid_reason) == (row.confidence, row.invalid_reason)
    return is_same and not is_taken_back and row.variable.spec.holds(last.value, row.value)
