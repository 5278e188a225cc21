"""When two predicted values agree: equal ones, and numbers at most a step apart."""

from __future__ import annotations

import json
from typing import Any

from annotator.variables import Metric, VariableSpec

NEAR = 0.05  # of the range of the known values: numbers without a step that agree


def step_of(spec: VariableSpec, spread: float) -> float:
    """How far apart numbers of the variable agree; `spread` is the range of the known ones."""
    return float(getattr(spec.type_rules, "step_size", None) or spread * NEAR)


def agrees(spec: VariableSpec, value: Any, other: Any, spread: float) -> bool:
    """Whether both are equal, or numbers at most one step apart."""
    if spec.type_rules.metric != Metric.DISTANCE:
        return json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True)
    as_number = spec.type_rules.as_number
    return abs(float(as_number(value) - as_number(other))) <= step_of(spec, spread) + 1e-9
