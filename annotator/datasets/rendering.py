"""A sample as it is trained: system prompt, user prompt, answer. Pages, exports and training share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from annotator.datasets import texts
from annotator.datasets.models import Sample, Variable
from annotator.variables import (
    RenderRefused,
    TemplateRefused,
    ValueRefused,
    VariableSpec,
    learn_template,
    names_in,
    render,
    render_prompt,
)
from annotator.variables.rendering import Template

LEARNED = 256  # templates kept in memory; each is some kilobytes
WHOLE = ""  # the name under which a problem of no single variable stands


@dataclass(frozen=True)
class Rendered:
    """The exact texts, and what is wrong with them. Train on nothing that is not `is_whole`.

    `problems` holds a message per variable's name; WHOLE names the template itself. `missing` are the
    required variables without a value, `empty_places` the places of the prompts that nothing filled.
    `sources` says where each text comes from: sample, dataset, task or none.
    """

    system: str
    user: str
    answer: str
    format: str | None = None
    problems: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    empty_places: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """The problems as one text, empty without any."""
        return "; ".join(
            f"{name}: {text}" if name != WHOLE else text for name, text in self.problems.items()
        )

    @property
    def is_whole(self) -> bool:
        """Whether the answer reads back as exactly the values given, and none is missing."""
        return not self.problems and not self.missing


def render_sample(
    sample: Sample,
    values: Mapping[str, Any],
    task: texts.HasPrompts | None = None,
    *,
    variables: Sequence[Variable] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Rendered:
    """Render with `values` by variable name; a refused value is left out and named in `problems`.

    `hidden` names variables that the dataset has beside `variables`, which an export leaves out: where the
    template writes one of them, the answer is plain JSON of the others.

    Costs one query, or none when the dataset's live `variables` are given, in their order, and the
    sample's dataset with its prompts is at hand.
    """
    if variables is None:
        variables = list(sample.dataset.variables.live())
    system = texts.system_prompt(sample.dataset, task)
    user = texts.user_prompt(sample, task)
    template = _template(sample, hidden)
    filled_system = render_prompt(system.content, sample.input_meta_data)
    filled_user = render_prompt(user.content, sample.input_meta_data)
    problems: dict[str, str] = {}
    given = _checked(variables, values, problems)
    answer = _answer(sample, template, [variable.spec for variable in variables], given, problems)
    return Rendered(
        system=filled_system.text,
        user=filled_user.text,
        answer=answer,
        format="json" if template.source == "none" else sample.dataset.result_format,
        problems=problems,
        missing=tuple(
            v.name
            for v in variables
            if v.required and given.get(v.name) is None and v.name not in problems
        ),
        empty_places=tuple(dict.fromkeys((*filled_system.missing, *filled_user.missing))),
        sources={"system": system.source, "user": user.source, "answer": template.source},
    )


def _template(sample: Sample, hidden: frozenset[str]) -> texts.Text:
    template = texts.result_template(sample)
    if hidden and not hidden.isdisjoint(names_in(template.content)):
        return texts.NONE
    return template


def _checked(
    variables: Sequence[Variable], values: Mapping[str, Any], problems: dict[str, str]
) -> dict[str, Any]:
    """The legal values by name; the others are told in `problems`."""
    legal = {}
    for variable in variables:
        try:
            legal[variable.name] = variable.spec.check(values.get(variable.name))
        except ValueRefused as refusal:
            problems[variable.name] = refusal.message
    return legal


def _answer(
    sample: Sample,
    template: texts.Text,
    specs: Sequence[VariableSpec],
    given: dict[str, Any],
    problems: dict[str, str],
) -> str:
    """The answer without what can't be written; empty when the template itself can't be used."""
    content, format_name = template.content, sample.dataset.result_format
    if template.source == "none":
        content, format_name = plain_template(specs), "json"
    try:
        learned = learned_template(content, format_name, tuple(specs))
    except TemplateRefused as refusal:
        problems[WHOLE] = f"The result template can't be used. {refusal}"
        return ""
    given = dict(given)
    while True:
        try:
            return render(learned, given, is_checked=True)
        except RenderRefused as refusal:
            name = refusal.name if given.get(refusal.name) is not None else WHOLE
            problems[name] = refusal.message
            if name == WHOLE:
                return ""
            given[name] = None


def plain_template(specs: Sequence[VariableSpec]) -> str:
    """What a dataset without a result template is trained with: all its variables as one JSON object."""
    members = ", ".join(f'"{spec.name}": {{{{{spec.name}}}}}' for spec in specs)
    return f"{{{members}}}"


class _BySchema(tuple[VariableSpec, ...]):
    """Specs that compare by what they say: their defaults may be lists, which have no hash."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(tuple((spec.name, spec.type, spec.required) for spec in self))


def learned_template(
    content: str, format_name: str | None, specs: tuple[VariableSpec, ...]
) -> Template:
    """As `learn_template`, once per template and schema in each process. Raises TemplateRefused."""
    return _learned(content, format_name, _BySchema(specs))


@lru_cache(maxsize=LEARNED)
def _learned(content: str, format_name: str | None, specs: _BySchema) -> Template:
    return learn_template(content, format_name, specs)
