"""What the schema page says about variables and prompts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, ManyToOneRel, Model

from annotator.datasets.models import Dataset, Prompt, Variable, VariableValue
from annotator.datasets.rendering import learned_template
from annotator.variables import (
    Lint,
    TemplateRefused,
    ValueRefused,
    VariableSpec,
    rename_place,
)


def invalid_counts(variables: Iterable[Variable]) -> dict[Any, int]:
    """How many values of each variable are marked as invalid; read from an index of those alone."""
    rows = VariableValue.objects.filter(
        variable__in=list(variables), invalid_since__isnull=False, sample__removed_at=None
    )
    counted = rows.order_by().values_list("variable").annotate(number=Count("pk"))
    return dict(counted)


def values_made_illegal(variable: Variable, spec: VariableSpec) -> int:
    """How many values that are legal today would break the rules of `spec`. Reads each of them."""
    rows = VariableValue.objects.filter(
        variable=variable, is_set=True, invalid_since=None, sample__removed_at=None
    )
    values = rows.values_list("value", flat=True).iterator(chunk_size=2000)
    return sum(not _is_legal(spec, value) for value in values)


def _is_legal(spec: VariableSpec, value: Any) -> bool:
    try:
        spec.check(value)
    except ValueRefused:
        return False
    return True


def uses(prompts: Sequence[Prompt]) -> dict[Any, Counter[str]]:
    """For each prompt how many rows of each table refer to it ("dataset", "task").

    One query per table that can refer to a prompt, whichever room it belongs to.
    """
    ids = [prompt.pk for prompt in prompts]
    counts: dict[Any, Counter[str]] = defaultdict(Counter)
    for model, column in _references():
        rows = model._default_manager.filter(**{f"{column}__in": ids})
        if any(each.name == "removed_at" for each in model._meta.concrete_fields):
            rows = rows.filter(removed_at=None)
        for pk, number in rows.order_by().values_list(column).annotate(number=Count("pk")):
            counts[pk][str(model._meta.verbose_name)] += number
    return counts


def _references() -> Iterator[tuple[type[Model], str]]:
    for relation in Prompt._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.one_to_many:
            yield relation.related_model, relation.field.name


def words(used: Counter[str]) -> str:
    """“2 datasets and 1 task”; empty when nothing refers to it."""
    return " and ".join(
        f"{number} {noun}{'' if number == 1 else 's'}" for noun, number in sorted(used.items())
    )


@dataclass(frozen=True)
class TemplateCheck:
    """Whether a result template fits a dataset's variables: refused, or with what is worth a look."""

    dataset: Dataset
    refused: TemplateRefused | None
    lints: tuple[Lint, ...] = ()


def check_template(
    content: str, format_name: str | None, datasets: Sequence[Dataset]
) -> list[TemplateCheck]:
    """Try the template with each dataset's variables, in one query."""
    by_dataset = defaultdict(list)
    for variable in Variable.objects.live().filter(dataset__in=datasets):
        by_dataset[variable.dataset_id].append(variable.spec)
    result = []
    for dataset in datasets:
        try:
            template = learned_template(content, format_name, tuple(by_dataset[dataset.pk]))
        except TemplateRefused as refused:
            result.append(TemplateCheck(dataset, refused))
        else:
            result.append(TemplateCheck(dataset, None, template.lints))
    return result


def template_broken_by(
    variable: Variable, changed: VariableSpec | None, *, renames_place: bool = False
) -> str:
    """Why a template that fits now would no longer, without the variable (None) or with it changed.

    Empty when it still fits, or fits no more already. `renames_place`: the template follows a new name.
    """
    template = variable.dataset.result_template
    if template is None:
        return ""
    variables = list(variable.dataset.variables.live())
    now = tuple(each.spec for each in variables)
    kept = [each.spec for each in variables if each != variable]
    content = template.content
    if changed is not None and renames_place:
        content = rename_place(content, variable.name, changed.name)
    try:
        learned_template(template.content, template.format, now)
    except TemplateRefused:
        return ""
    try:
        learned_template(content, template.format, (*kept, *([changed] if changed else [])))
    except TemplateRefused as refused:
        return str(refused)
    return ""


def template_with_all(dataset: Dataset) -> str:
    """A JSON template that writes every variable of the dataset, one on each line, texts in quotes."""
    lines = []
    for variable in dataset.variables.live():
        place = f"{{{{{variable.name}}}}}"
        quoted = f'"{place}"' if variable.spec.type_rules.is_text else place
        lines.append(f'  "{variable.name}": {quoted}')
    return "{\n" + ",\n".join(lines) + "\n}"
