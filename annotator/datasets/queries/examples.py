"""Made-up answers, so that a form and a template can be looked at before there are samples."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from annotator.datasets.actions.samples import first_metadata
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.datasets.rendering import Rendered, render_sample
from annotator.variables import ValueRefused, VariableSpec

TEXT = "an example "


def example(spec: VariableSpec) -> Any:
    """A legal value of the variable, or None where none is found by simple means."""
    if spec.default_value is not None:
        return spec.default_value
    try:
        return spec.check(_of_kind(spec.kind))
    except ValueRefused:
        return None


def _of_kind(kind: Any) -> Any:
    return EXAMPLES[kind.name](kind)


def _text(kind: Any) -> str:
    if kind.choices:
        return kind.choices[0]
    longest = len(TEXT.strip()) if kind.max_length is None else kind.max_length
    text = (TEXT * (1 + (kind.min_length or 0) // len(TEXT))).strip()
    return text.ljust(kind.min_length or 0, ".")[: max(longest, kind.min_length or 0)]


def _number(kind: Any) -> float:
    low, high = kind.min_value, kind.max_value
    step = getattr(kind, "step_size", None)  # whole numbers have none
    if low is not None and high is not None:
        steps = int((high - low) / step * Decimal("0.8")) if step else 0
        return float(low + steps * step) if step else float((low + high) / 2)
    return float(low if low is not None else high if high is not None else step or 1)


def _whole(kind: Any) -> int:
    return int(_number(kind))


def _list(kind: Any) -> list[Any]:
    item = "example" if kind.item is None else _of_kind(kind.item)
    return [item] * max(1, kind.min_length or 1)


def _object(kind: Any) -> dict[str, Any]:
    return {part.name: example(part) for part in kind.fields} or {"key": "example"}


EXAMPLES: dict[str, Any] = {
    "string": _text,
    "integer": _whole,
    "float": _number,
    "boolean": lambda kind: True,
    "array": _list,
    "object": _object,
}


def example_rendering(dataset: Dataset, variables: Sequence[Variable]) -> Rendered:
    """The texts of a made-up sample with a value for every variable, its metadata made up too."""
    metadata = {name: value or f"({name})" for name, value in first_metadata(dataset).items()}
    sample = Sample(dataset=dataset, input_meta_data=metadata)
    values = {variable.name: example(variable.spec) for variable in variables}
    return render_sample(sample, values, variables=variables)
