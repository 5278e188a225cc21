"""Variables: renamed, changed and removed ones take their values along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from annotator.datasets.actions import change_variable, create_variable, remove_variable
from annotator.datasets.models import Dataset, Variable
from annotator.names import folded
from annotator.remote import mappers
from annotator.remote.shapes import RemoteVariable
from annotator.variables import LIMITS, ConfigError, read_remote_config, write_config

FIELDS = [key for key in (*LIMITS, "default_value") if key != "choices"]


def upsert_variables(
    dataset: Dataset,
    remote_variables: Sequence[RemoteVariable],
    *,
    gone: set[str],
    notices: list[str],
) -> Counter[str]:
    """Make the dataset's variables match the remote's.

    `gone` are the ids of ours that the remote surely no longer has: their values stay as orphans. A
    variable made anew under an old name is another variable, and gets none of the old values.
    """
    counts: Counter[str] = Counter()
    ours = {row.remote_key: row for row in dataset.variables.filter(remote_key__isnull=False)}
    for key in gone:
        if key in ours and ours[key].removed_at is None:
            remove_variable(ours[key], by=None)
            counts["variables_removed"] += 1
    wanted = []
    for position, variable in enumerate(remote_variables):
        config = _config(variable, notices)
        if config is not None:
            wanted.append((variable, config | {"position": position}))
    _make_room(dataset, {v.id: config["name"] for v, config in wanted})
    for variable, config in wanted:
        counts[_upsert(dataset, ours.get(variable.id), variable, config)] += 1
    return counts


def _upsert(
    dataset: Dataset, row: Variable | None, remote_variable: RemoteVariable, config: dict[str, Any]
) -> str:
    if row is None:
        create_variable(
            dataset,
            by=None,
            remote=dataset.remote,
            remote_key=remote_variable.id,
            remote_state=remote_variable.raw,
            **config,
        )
        return "variables_new"
    if (
        row.remote_state == remote_variable.raw
        and row.removed_at is None
        and row.name == config["name"]
    ):
        return "variables_same"
    base = _config(mappers.variable(row.remote_state), []) if row.remote_state else None
    changes = {
        name: value
        for name, value in config.items()
        if base is None or base.get(name) != value or name == "name"
    }
    change_variable(row, by=None, **changes, remote_state=remote_variable.raw, removed_at=None)
    return "variables_changed"


def _make_room(dataset: Dataset, names: dict[str, str]) -> None:
    """Two variables may swap their names, which are unique: those that change get a temporary name first.

    A variable of our own that has a name the remote now uses steps aside as well.
    """
    for row in dataset.variables.live().filter(name__in=names.values()):
        if names.get(row.remote_key or "") != row.name:
            aside = f"{row.name[:80]}_{row.pk.hex[:8]}"
            Variable.objects.filter(pk=row.pk).update(name=aside, name_folded=folded(aside))


def _config(remote_variable: RemoteVariable, notices: list[str]) -> dict[str, Any] | None:
    """The fields of our row, without the limits that make no sense; None when it is not a usable variable."""
    wire = {
        "name": remote_variable.name,
        "type": remote_variable.type,
        "required": remote_variable.required,
    }
    wire |= {"description": remote_variable.description, "choices": remote_variable.choices}
    wire |= {name: getattr(remote_variable, name) for name in FIELDS}
    try:
        spec = read_remote_config({k: v for k, v in wire.items() if v is not None})
    except ConfigError as error:
        notices.append(f"The variable {remote_variable.name[:100]} cannot be used: {error}")
        return None
    notices += [f"{remote_variable.name}: {notice}" for notice in spec.notices]
    config = write_config(spec)
    choices = config.get("choices") or []
    return {
        "name": config["name"],
        "type": config["type"],
        "required": config["required"],
        "description": config.get("description", ""),
        "choices": choices.split(",") if isinstance(choices, str) else choices,
        **{name: config.get(name) for name in FIELDS},
    }
