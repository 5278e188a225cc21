"""Datasets, prompts and variables come, change and go."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from annotator.accounts import audit
from annotator.accounts.models import User, Workspace
from annotator.datasets.actions.completion import lock_samples, reopen_incomplete
from annotator.datasets.actions.writing import (
    BATCH,
    LONGEST_REASON,
    MARK,
    lock_current,
    mark,
    overwrite,
    typed_columns,
)
from annotator.datasets.models import (
    PROMPT_FIELDS,
    Dataset,
    Prompt,
    Sample,
    Variable,
    VariableValue,
)
from annotator.datasets.models.dataset import today
from annotator.errors import BadInput
from annotator.variables import ConfigError, ValueRefused, read_config, rename_place

CONFIG_FIELDS = [
    "name",
    "type",
    "required",
    "description",
    "choices",
    "min_value",
    "max_value",
    "step_size",
    "min_length",
    "max_length",
    "default_value",
    "item_schema",
]


@transaction.atomic
def create_dataset(workspace: Workspace, *, by: User | None, name: str, **fields: Any) -> Dataset:
    """A new, empty dataset."""
    _same_workspace(workspace, fields)
    dataset = Dataset.objects.create(workspace=workspace, name=name, **fields)
    audit.record("dataset.create", workspace=workspace, by=by, target=dataset)
    return dataset


@transaction.atomic
def update_dataset(dataset: Dataset, *, by: User | None, **changes: Any) -> Dataset:
    """Change fields; the version becomes today's date (R-D3)."""
    _same_workspace(dataset.workspace, changes)
    for name, value in changes.items():
        setattr(dataset, name, value)
    dataset.version = today()
    dataset.save(update_fields=[*changes, "version"])
    audit.record(
        "dataset.change", workspace=dataset.workspace, by=by, target=dataset, fields=sorted(changes)
    )
    return dataset


@transaction.atomic
def remove_dataset(dataset: Dataset, *, by: User | None) -> None:
    """Take a dataset out of every list; its rows stay in the database."""
    Dataset.objects.filter(pk=dataset.pk, removed_at=None).update(removed_at=timezone.now())
    audit.record("dataset.delete", workspace=dataset.workspace, by=by, target=dataset)


@transaction.atomic
def create_prompt(workspace: Workspace, *, by: User | None, **fields: Any) -> Prompt:
    """A new prompt. `fields`: name, type, and description, content, format if wanted."""
    prompt = Prompt.objects.create(workspace=workspace, **fields)
    audit.record("prompt.create", workspace=workspace, by=by, target=prompt)
    return prompt


@transaction.atomic
def update_prompt(prompt: Prompt, *, by: User | None, **changes: Any) -> Prompt:
    """Change name, description, content or format; every task and dataset that refers to it follows."""
    if "type" in changes and changes["type"] != prompt.type:
        raise BadInput("A prompt's type cannot be changed: make a new prompt instead.")
    for name, value in changes.items():
        setattr(prompt, name, value)
    prompt.save(update_fields=list(changes))
    audit.record(
        "prompt.change", workspace=prompt.workspace, by=by, target=prompt, fields=sorted(changes)
    )
    return prompt


@transaction.atomic
def remove_prompt(prompt: Prompt, *, by: User | None) -> None:
    """Delete a prompt; tasks and datasets that referred to it then have none (R-P11)."""
    audit.record("prompt.delete", workspace=prompt.workspace, by=by, target=prompt)
    prompt.delete()


@transaction.atomic
def create_variable(dataset: Dataset, *, by: User | None, **fields: Any) -> Variable:
    """A new variable at the end of the form. Raises BadInput for a config that makes no sense."""
    fields = _checked(fields)
    last = dataset.variables.aggregate(last=Max("position"))["last"]
    fields.setdefault("position", 0 if last is None else last + 1)
    try:
        with transaction.atomic():
            variable = Variable.objects.create(dataset=dataset, **fields)
    except IntegrityError as error:
        raise _taken(fields["name"]) from error
    _touch(dataset)
    audit.record("variable.create", workspace=dataset.workspace, by=by, target=variable)
    if variable.required:
        lock_samples(dataset)
        reopen_incomplete(Sample.objects.in_dataset(dataset))
    return variable


@transaction.atomic
def change_variable(
    variable: Variable, *, by: User | None, renames_in_template: bool = False, **changes: Any
) -> Variable:
    """Change name, type or limits. Values that become illegal are marked, never deleted.

    `renames_in_template`: the dataset's result template follows a new name.
    """
    before = variable.config()
    kept = {name: getattr(variable, name) for name in CONFIG_FIELDS}
    changed = _checked({**kept, **changes})
    _touch(variable.dataset)  # before samples, as imports lock them
    lock_samples(variable.dataset)
    for name, value in changed.items():
        setattr(variable, name, value)
    variable.__dict__.pop("spec", None)
    try:
        with transaction.atomic():
            variable.save(update_fields=list(changed))
    except IntegrityError as error:
        raise _taken(variable.name) from error
    if renames_in_template:
        _rename_in_template(variable, str(before["name"]), by=by)
    audit.record(
        "variable.change",
        workspace=variable.dataset.workspace,
        by=by,
        target=variable,
        before=before,
        after=variable.config(),
    )
    recheck_values(variable)
    return variable


def _rename_in_template(variable: Variable, old: str, *, by: User | None) -> None:
    """Write the new name in the template; in a copy of it where others use it or a remote owns it."""
    dataset, template = variable.dataset, variable.dataset.result_template
    if template is None:
        return
    content = rename_place(template.content, old, variable.name)
    if content == template.content:
        return
    if dataset.owns_result_template:
        update_prompt(template, by=by, content=content)
        return
    copy = create_prompt(
        dataset.workspace,
        by=by,
        name=f"{template.name} ({dataset.name})"[: Prompt.NAME_LENGTH],
        type=template.type,
        format=template.format,
        content=content,
    )
    update_dataset(dataset, by=by, result_template=copy)


@transaction.atomic
def remove_variable(variable: Variable, *, by: User | None) -> None:
    """Ask it no longer; the values given so far are kept as orphans."""
    Variable.objects.filter(pk=variable.pk, removed_at=None).update(removed_at=timezone.now())
    _touch(variable.dataset)
    audit.record("variable.delete", workspace=variable.dataset.workspace, by=by, target=variable)


@transaction.atomic
def move_variable(variable: Variable, *, by: User | None, up: bool) -> None:
    """Ask it one place earlier or later; at the end of the form nothing changes."""
    others = list(variable.dataset.variables.live().select_for_update())
    place = [other.pk for other in others].index(variable.pk)
    to = place + (-1 if up else 1)
    if not 0 <= to < len(others):
        return
    others.insert(to, others.pop(place))
    for position, other in enumerate(others):
        other.position = position
    Variable.objects.bulk_update(others, ["position"])
    _touch(variable.dataset)
    audit.record("variable.move", workspace=variable.dataset.workspace, by=by, target=variable)


def recheck_values(variable: Variable) -> int:
    """Mark the values that the variable no longer allows and unmark those it does; says how many are illegal.

    A marked value keeps its text, is shown with the reason and is not pushed; its sample goes back to be
    labelled. The caller has locked the samples.
    """
    now = timezone.now()
    changed, illegal = [], 0
    rows = VariableValue.objects.filter(variable=variable, is_set=True)
    for row in rows.iterator(chunk_size=1000):
        reason = _refusal(variable, row.value)
        illegal += bool(reason)
        columns = typed_columns(variable, None if reason else row.value)
        is_stale = any(getattr(row, column) != value for column, value in columns.items())
        if is_stale or reason != row.invalid_reason:
            changed.append(row)
            mark(row, variable, reason=reason, at=now)
    for start in range(0, len(changed), BATCH):
        overwrite(lock_current(changed[start : start + BATCH]), MARK)
    samples = Sample.objects.in_dataset(variable.dataset)
    if not variable.required:
        marked = VariableValue.objects.filter(variable=variable, invalid_since__isnull=False)
        samples = samples.filter(pk__in=marked.values("sample"))
    reopen_incomplete(samples)
    return illegal


def _refusal(variable: Variable, value: Any) -> str:
    """Why the variable does not allow the value; empty when it does."""
    try:
        variable.spec.check(value)
    except ValueRefused as refusal:
        return str(refusal)[:LONGEST_REASON]
    return ""


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with choices as a list of texts; BadInput when the config makes no sense."""
    config = {
        name: value
        for name, value in fields.items()
        if name in CONFIG_FIELDS and value is not None and (name, value) != ("choices", [])
    }
    try:
        spec = read_config(config)
    except ConfigError as error:
        raise BadInput(str(error), fields={error.key: [str(error)]}) from error
    return {**fields, "choices": list(getattr(spec.type_rules, "choices", ()) or ())}


def _same_workspace(workspace: Workspace, fields: dict[str, Any]) -> None:
    for name in PROMPT_FIELDS:
        prompt = fields.get(name)
        if prompt is not None and prompt.workspace_id != workspace.pk:
            raise BadInput(f"The {name.replace('_', ' ')} is not in this workspace.")


def _touch(dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(version=today())


def _taken(name: str) -> BadInput:
    message = f"There is already a variable named {name} in this dataset: choose another name."
    return BadInput(message, fields={"name": [message]})
