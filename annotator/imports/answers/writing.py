"""Writes what rows say: samples with their first values, accepted values, answers for review, suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import UUIDField
from django.utils import timezone

from annotator.compiled import CompiledQuery, Given
from annotator.datasets.actions import (
    ValueUpdate,
    add_images,
    create_labelled_samples,
    create_samples,
    set_many,
)
from annotator.datasets.actions.samples import first_metadata
from annotator.datasets.models import Dataset, Origin, Sample, VariableValue
from annotator.imports.answers.matching import sample_name
from annotator.imports.answers.objects import add_boxes
from annotator.imports.answers.reviewing import is_held, submit_rows
from annotator.imports.answers.written import Written
from annotator.imports.formats.records import Standing
from annotator.imports.models import AnswerImport
from annotator.names import folded, safe_name
from annotator.push.actions import enqueue_deliveries
from annotator.suggestions.actions import source_of
from annotator.suggestions.actions.proposing import Proposal, propose
from annotator.suggestions.models import Source

STORED = CompiledQuery(
    lambda: VariableValue.objects.filter(
        sample_id__in=Given("samples", UUIDField(), many=True),
        variable_id__in=Given("variables", UUIDField(), many=True),
    ).values_list("sample_id", "variable_id", "value", "is_set", "invalid_since")
)
UPDATED = ["name", "name_folded", "external_id", "description", "type", "test", "input_meta_data"]


def write(answer_import: AnswerImport, rows: Sequence[Written], *, reads_pictures: bool) -> None:
    """Write all rows, in this transaction; what came of each is noted on it.

    Without `reads_pictures` the samples are made without them, as nobody will see them; of the boxes on
    pictures that are not here yet it is only counted that they are new.
    """
    dataset, by = answer_import.dataset, answer_import.started_by
    accepted = [row for row in rows if row.subject.row.standing == Standing.ACCEPTED]
    others = [row for row in rows if row.subject.row.standing != Standing.ACCEPTED]
    _make_samples(dataset, accepted, others, by=by)
    there = [row for row in rows if not row.is_made]
    _update_samples(there, by=by)
    _set_accepted([row for row in accepted if not row.is_made], by=by)
    add_boxes(dataset, rows, by=by, reads_pictures=reads_pictures)
    submit_rows([r for r in others if r.subject.row.standing == Standing.REVIEW], by=by)
    _propose(answer_import, [r for r in others if r.subject.row.standing == Standing.SUGGESTION])


def _make_samples(
    dataset: Dataset, accepted: Sequence[Written], others: Sequence[Written], *, by: Any
) -> None:
    """The missing samples, one for each identity; those of accepted rows with their first values."""
    metadata = first_metadata(dataset)
    made: dict[str, Sample] = {}
    for rows, are_accepted in ((accepted, True), (others, False)):
        fresh: dict[str, Written] = {}
        for row in rows:
            if row.subject.sample is None and row.subject.identity not in made:
                fresh.setdefault(row.subject.identity, row)
        for row in rows:
            row.is_made = fresh.get(row.subject.identity) is row
        fields = [_fields(row, metadata) for row in fresh.values()]
        if are_accepted:
            pairs = [
                (each, row.subject.row.values)
                for each, row in zip(fields, fresh.values(), strict=True)
            ]
            samples = create_labelled_samples(dataset, pairs, origin=Origin.IMPORTED, by=by)
        else:
            samples = create_samples(dataset, fields, by=by)
        made |= dict(zip(fresh, samples, strict=True))
        for row in rows:
            if row.subject.sample is None:
                row.subject.sample = made[row.subject.identity]
        for row in fresh.values():
            row.count("samples_made")
            if are_accepted:
                _note_first_values(row)


def _note_first_values(row: Written) -> None:
    values = row.subject.row.values
    row.count("values_new", len(values))
    row.changes["values"] = {str(variable.pk): 1 for variable in values}


def _fields(row: Written, metadata: dict[str, Any]) -> dict[str, Any]:
    """As `create_samples` takes them."""
    said = row.subject.row
    fields: dict[str, Any] = {
        "name": safe_name(sample_name(said)) or None,
        "external_id": said.external_id or None,
        "input_meta_data": {**metadata, **said.metadata},
        "image_ids": list(dict.fromkeys(image.pk for image in row.images)),
        **said.fields,
    }
    if len(row.images) > 1:
        fields.setdefault("type", Sample.Type.MULTI_ORDERED)
    return fields


def _update_samples(rows: Sequence[Written], *, by: Any) -> None:
    """What rows say of samples that are there: metadata is merged, names and ids only fill a gap."""
    changed = []
    for row in rows:
        before = {}
        for name, value in _new_fields(row).items():
            if getattr(row.sample, name) != value:
                before[name] = getattr(row.sample, name)
                setattr(row.sample, name, value)
        if before:
            row.changes["fields"] = {
                name: [old, getattr(row.sample, name)] for name, old in before.items()
            }
            row.sample.name_folded = folded(row.sample.name or "")
            row.sample.updated_at = timezone.now()
            changed.append(row.sample)
        if row.images and not row.sample.sample_images.exists():
            add_images(row.sample, row.images, by=by)
            row.changes["images"] = [str(image.pk) for image in row.images]
    if changed:
        Sample.objects.bulk_update(changed, [*UPDATED, "updated_at"], batch_size=100)


def _new_fields(row: Written) -> dict[str, Any]:
    said, sample = row.subject.row, row.sample
    fields = dict(said.fields)
    if said.external_id and sample.external_id is None and said.external_id != str(sample.pk):
        fields["external_id"] = said.external_id
    if said.name and not sample.name:
        fields["name"] = safe_name(said.name)
    if said.metadata:
        fields["input_meta_data"] = {**sample.input_meta_data, **said.metadata}
    return fields


def _set_accepted(rows: Sequence[Written], *, by: Any) -> None:
    """Set the values that differ from the accepted ones, which the history keeps."""
    stored = _stored(rows)
    updates: list[ValueUpdate] = []
    owners: list[Written] = []
    for row in rows:
        sample, known_values = row.sample, stored.get(row.sample.pk, {})
        for variable, value in row.subject.row.values.items():
            known = known_values.get(variable.pk) if known_values else None
            if known is not None and is_held(known[0], variable, value) and known[1] is None:
                row.count("values_equal")
                continue
            row.count("values_changed" if known is not None else "values_new")
            updates.append(
                ValueUpdate(
                    sample=sample, variable=variable, value=value, origin=Origin.IMPORTED, by=by
                )
            )
            owners.append(row)
    if not updates:
        return
    for value_row, row in zip(set_many(updates), owners, strict=True):
        row.note("values", str(value_row.variable_id), value_row.rev)
    mirrored = [row.sample.pk for row in owners if row.sample.is_mirrored]
    if mirrored:
        enqueue_deliveries(list(set(mirrored)))


def _stored(rows: Iterable[Written]) -> dict[UUID, dict[UUID, tuple[Any, Any]]]:
    """By sample, its accepted values (value, invalid since) by variable; no cleared ones."""
    samples = {row.sample.pk for row in rows}
    named = {id(variable): variable for row in rows for variable in row.subject.row.values}
    variables = {variable.pk for variable in named.values()}
    stored: dict[UUID, dict[UUID, tuple[Any, Any]]] = {}
    for sample, variable, value, is_set, since in STORED.rows(samples=samples, variables=variables):
        if is_set:
            stored.setdefault(sample, {})[variable] = value, since
    return stored


def _propose(answer_import: AnswerImport, rows: Sequence[Written]) -> None:
    """Suggestions of the file, or of the models that it names."""
    by_version: dict[str, list[Written]] = {}
    for row in rows:
        by_version.setdefault(row.subject.row.source[: Source.VERSION_LENGTH], []).append(row)
    for version, group in by_version.items():
        source = source_of(
            answer_import.dataset.workspace,
            kind=Source.Kind.SCRIPT,
            name=f"import: {answer_import.name}"[: Source.NAME_LENGTH],
            version=version,
        )
        pairs = [
            (
                row,
                Proposal(
                    sample=row.sample,
                    variable=variable,
                    value=value,
                    confidence=row.subject.row.confidence.get(variable),
                ),
            )
            for row in group
            for variable, value in row.subject.row.values.items()
        ]
        outcomes = propose(source, [proposal for _, proposal in pairs])
        for (row, proposal), outcome in zip(pairs, outcomes, strict=True):
            row.count("values_new" if outcome.is_changed else "values_equal")
            if outcome.is_changed:
                row.note("suggestions", str(proposal.variable.pk), source.pk)
