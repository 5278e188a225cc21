"""What each column of a file is for: as a person chose it, kept as JSON on the import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.datasets.models import Dataset, Variable
from annotator.errors import BadInput
from annotator.imports.formats.records import Role, Standing
from annotator.variables import ConfigError, read_config

SINGLE = {  # roles of one column at most
    Role.NAME,
    Role.EXTERNAL_ID,
    Role.SPLIT,
    Role.TYPE,
    Role.DESCRIPTION,
    Role.OBJECTS,
    Role.ANSWER,
    Role.AUTHOR,
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """What one column is for.

    `variable` is the name of one of the dataset's, or, with a `config` as the API has it, of one that the
    import makes. `examples` are some of its cells, for people. `names` are all of its cells where they may be
    names of those who answered; `people` says by such a name whose user id was chosen for it.
    """

    column: str
    role: str = Role.IGNORED
    variable: str = ""
    config: dict[str, Any] | None = None
    guess: dict[str, Any] | None = None  # the configuration that fits the column
    examples: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)


def targets_of(mapping: Iterable[Mapping[str, Any]]) -> list[Target]:
    """As they are kept on the import."""
    return [Target(**entry) for entry in mapping]


def written(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """As the import keeps them."""
    return [asdict(target) for target in targets]


def variables_for(dataset: Dataset, targets: Iterable[Target]) -> dict[str, Variable]:
    """By column, the variable that it becomes: the dataset's, or one that is not saved yet.

    Raises BadInput for a variable that is not there (any more), or whose configuration makes no sense.
    """
    live = {variable.name: variable for variable in Variable.objects.asked_in(dataset)}
    variables = {}
    for target in targets:
        if target.role != Role.VARIABLE:
            continue
        variable = live.get(target.variable)
        if variable is None:
            variable = _new_variable(dataset, target)
        variables[target.column] = variable
    return variables


def new_targets(dataset: Dataset, targets: Iterable[Target]) -> list[Target]:
    """Those whose variable the import has to make."""
    live = {variable.name for variable in dataset.variables.live()}
    return [each for each in targets if each.role == Role.VARIABLE and each.variable not in live]


def _new_variable(dataset: Dataset, target: Target) -> Variable:
    if target.config is None:
        raise BadInput(
            f"The column “{target.column}” becomes the variable {target.variable}, which this dataset"
            " does not have. Choose another variable, or make it from the column.",
            fields={target.column: ["This variable does not exist."]},
        )
    config = {**target.config, "name": target.variable}
    try:
        fields = fields_of(config)
    except ConfigError as error:
        raise BadInput(
            f"The column “{target.column}” can't become the variable “{target.variable}”: {error.message}",
            fields={target.column: [error.message]},
        ) from error
    return Variable(dataset=dataset, **fields)


def fields_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as the API has it as the columns of a variable. Raises ConfigError."""
    read_config(config)
    fields = dict(config)
    choices = fields.get("choices")
    if isinstance(choices, str):
        fields["choices"] = [part.strip() for part in choices.split(",") if part.strip()]
    return fields


def names_authors(targets: Iterable[Target]) -> bool:
    """Whether a column says who gave the answers."""
    return any(target.role == Role.AUTHOR for target in targets)


def check(dataset: Dataset, targets: Sequence[Target], *, standing: str) -> None:
    """Raises BadInput, with the columns to correct in `fields`, for targets that can't be imported."""
    roles = Counter(target.role for target in targets)
    for role in SINGLE:
        if roles[role] > 1:
            names = [each.column for each in targets if each.role == role]
            label = Role(role).label
            raise BadInput(
                f"{len(names)} columns are “{label}”. Choose one of them.",
                fields={name: ["Another column has this role too."] for name in names},
            )
    counts = Counter(each.variable for each in targets if each.role == Role.VARIABLE)
    for each in targets:
        if each.role == Role.VARIABLE and counts[each.variable] > 1:
            message = f"Two columns become the variable {each.variable}. Choose one of them."
            raise BadInput(message, fields={each.column: [message]})
    if not {Role.NAME, Role.EXTERNAL_ID, Role.IMAGES} & {*roles}:
        raise BadInput(
            "No column says which sample a row is about. Choose the one that holds the sample's name,"
            " its external id or its image."
        )
    if names_authors(targets) and standing != Standing.REVIEW:
        raise BadInput(
            f"A column is “{Role.AUTHOR.label}”: only answers for review are kept for each person. Choose"
            " those, or another use for the column."
        )
    variables_for(dataset, targets)
