"""Values of rows as answers of the person who imports, submitted for review; many in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotator.accounts.models import User
from annotator.annotation.actions import script_refusals, submit_many_script_values
from annotator.annotation.models import AnswerValue
from annotator.datasets.models import Origin, Sample, Variable, VariableValue
from annotator.errors import BadInput
from annotator.imports.answers.written import Written
from annotator.variables.json_text import same

Known = dict[Any, Any]  # values by variable's id


def is_held(stored: Any, variable: Variable, checked: Any) -> bool:
    """Whether a stored value is this canonical one: as `VariableSpec.holds`, quicker where it is the same."""
    return same(stored, checked) or variable.spec.holds(stored, checked)


def submit_rows(rows: Sequence[Written], *, by: User | None) -> None:
    """Submit each row's values as those of its author, or of `by`; what is known already is equal."""
    by_author: dict[User | None, list[Written]] = {}
    for row in rows:
        if row.subject.row.values:
            by_author.setdefault(row.subject.row.author or by, []).append(row)
    for number, (author, group) in enumerate(by_author.items()):
        if author is None:
            raise BadInput("Answers for review need a person who gives them: name one.")
        if number:
            _refresh_states([row.sample for row in group])
        _submit(group, by=author)


def _refresh_states(samples: Sequence[Sample]) -> None:
    """The answers of another person have just changed them."""
    pks = [sample.pk for sample in samples]
    states = dict(Sample.objects.filter(pk__in=pks).values_list("pk", "state"))
    for sample in samples:
        sample.state = states[sample.pk]


def _submit(rows: Sequence[Written], *, by: User) -> None:
    """Submit values of one person, once all required ones are there."""
    known = _known([row.sample for row in rows], by=by)
    changed: dict[Sample, tuple[Written, dict[Variable, Any]]] = {}
    for row in rows:
        values = _changed(row, known.get(row.sample.pk, {}))
        if values:
            changed[row.sample] = row, values
    for sample, reason in script_refusals(list(changed), by=by).items():
        row, _ = changed.pop(sample)
        row.refuse(reason, _remedy(row))
    outcomes = submit_many_script_values(
        {sample: values for sample, (_, values) in changed.items()}, by=by, origin=Origin.IMPORTED
    )
    for sample, (row, values) in changed.items():
        outcome = outcomes[sample]
        if isinstance(outcome, Exception):
            row.refuse(str(outcome), _remedy(row))
            continue
        row.changes["author"] = by.pk
        for variable in values:
            is_known = variable.pk in known.get(sample.pk, {})
            row.count("values_changed" if is_known else "values_new")
            row.note("answers", str(variable.pk), outcome[variable].rev)


def _remedy(row: Written) -> str:
    if row.subject.row.author is not None and not row.sample.asks_several:
        return "Let the dataset ask several people for each sample, or keep the answer of one."
    return "Import accepted values, or re-open the sample and import again."


def _known(samples: Sequence[Sample], *, by: User) -> dict[Any, Known]:
    """This person's values by sample and variable, and the accepted ones of approved samples."""
    known: dict[Any, Known] = {}
    own = AnswerValue.objects.filter(answer__sample__in=samples, answer__author=by, is_set=True)
    for sample, variable, value in own.values_list("answer__sample", "variable", "value"):
        known.setdefault(sample, {})[variable] = value
    approved = [sample.pk for sample in samples if sample.state == Sample.State.APPROVED]
    accepted = VariableValue.objects.filter(sample__in=approved, is_set=True)
    for sample, variable, value in accepted.values_list("sample", "variable", "value"):
        known.setdefault(sample, {})[variable] = value
    return known


def _changed(row: Written, known: Known) -> dict[Variable, Any]:
    values = row.subject.row.values
    changed = {
        variable: value
        for variable, value in values.items()
        if variable.pk not in known or not is_held(known[variable.pk], variable, value)
    }
    row.count("values_equal", len(values) - len(changed))
    return changed
