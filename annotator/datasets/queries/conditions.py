"""Demands on the values of variables, as conditions on samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from annotator.datasets.models import Variable, VariableValue
from annotator.datasets.models.value import VariableValueQuerySet
from annotator.names import folded
from annotator.variables import FilterOperator

PRESENCE = {"missing": "missing", "invalid": "invalid", "set": "given"}


@dataclass(frozen=True)
class Condition:
    """One demand on the value of one variable; `key` is its name in the address."""

    key: str
    variable: Variable
    text: str
    operator: FilterOperator | None = None  # None: about presence

    @property
    def words(self) -> str:
        """“grade: at least 7”, for the chip that removes it."""
        if self.operator is None:
            return f"{self.variable.name}: {PRESENCE[self.text]}"
        shown = self.variable.spec.type_rules.operand_text(self.text)
        return f"{self.variable.name}: {self.operator.chip.format(shown)}"

    def matching(self, rows: VariableValueQuerySet) -> VariableValueQuerySet:
        """Those of the variable's values that are legal and pass, from the index of the column that it reads.

        ValueError for a text that makes no sense.
        """
        if self.operator is None:
            if self.text not in PRESENCE:
                raise ValueError("missing, invalid or set")
            return rows
        rules = self.variable.spec.type_rules
        column, operand = rules.filter_column, rules.operand(self.operator, self.text)
        if self.operator.is_folded:
            column, operand = "text_folded", folded(operand)
        return rows.filter(
            (f"{column}__isnull", False), (f"{column}__{self.operator.lookup}", operand)
        )


def filter_column(variable: Variable) -> str | None:
    """Where legal values are kept for filters; it is empty for a value that is invalid or cleared."""
    return variable.spec.type_rules.filter_column


def values_of(variable: Variable) -> VariableValueQuerySet:
    """All that samples hold for it, legal or not."""
    return VariableValue.objects.filter(variable=variable)


def _legal_values(variable: Variable) -> VariableValueQuerySet:
    """The variable's legal values; of a type with a column they are read from its index alone."""
    rows = values_of(variable)
    column = filter_column(variable)
    if column:
        return rows.filter((f"{column}__isnull", False))
    return rows.filter(is_set=True, invalid_since=None)


def _invalid_values(variable: Variable) -> VariableValueQuerySet:
    """Values that broke a later rule; an index holds them alone."""
    return VariableValue.objects.filter(variable=variable, invalid_since__isnull=False)


Among = Callable[[VariableValueQuerySet], Q]


def as_a_list(rows: VariableValueQuerySet) -> Q:
    """That a sample is among those of the rows, which are read as a whole from their index."""
    return Q(pk__in=rows.values("sample"))


def one_by_one(rows: VariableValueQuerySet) -> Q:
    """The same, asked of each sample in turn."""
    return Q(Exists(rows.filter(sample=OuterRef("pk"))))


def all_met(variable: Variable, conditions: Sequence[Condition], among: Among) -> Q:
    """That a sample's value of the variable meets all of its conditions."""
    demand = Q()
    rows, is_compared = values_of(variable), False
    for each in conditions:
        if each.operator is None:
            demand &= _presence(variable, each.text, among)
        else:
            rows = each.matching(rows)
            is_compared = True
    return demand & among(rows) if is_compared else demand


def _presence(variable: Variable, text: str, among: Among) -> Q:
    invalid = among(_invalid_values(variable))
    if text == "invalid":
        return invalid
    given = among(_legal_values(variable)) | invalid
    return given if text == "set" else ~given


def operators_of(variable: Variable) -> dict[str, FilterOperator | None]:
    """What the variable can be filtered by, keyed as in the address; None asks for presence."""
    operators = variable.spec.type_rules.filter_operators
    return {**{each.key: each for each in operators}, "is": None}
