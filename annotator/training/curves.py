"""A run's metrics as charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import capfirst

from annotator.training.backends import BACKENDS, Curve
from annotator.training.models import TrainingRun
from annotator.ui.charts import MAX_SERIES, LineChart, line_chart

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class CurveChart:
    """One chart with its title."""

    title: str
    chart: LineChart


def curve_charts(run: TrainingRun) -> list[CurveChart]:
    """The curves of the run's backend that have points, in its order; then metrics that it doesn't name.

    A chart shows at most MAX_SERIES lines: a curve of more lines is shown in several charts.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    for metric in run.metrics.order_by("step"):
        points.setdefault(metric.name, []).append((metric.step, metric.value))
    backend = BACKENDS.get(run.backend)
    curves = list(backend.curves) if backend else []
    lines: dict[Curve, dict[str, Points]] = {curve: {} for curve in curves}
    for name, line_points in points.items():
        curve = next((curve for curve in curves if curve.line_of(name)), None)
        curve = curve or Curve(name=name, label=capfirst(name))
        lines.setdefault(curve, {})[curve.line_of(name) or name] = line_points
    return [chart for curve, series in lines.items() for chart in _charts(curve, series)]


def _charts(curve: Curve, series: dict[str, Points]) -> list[CurveChart]:
    names = list(series)
    charts = []
    for start in range(0, len(names), MAX_SERIES):
        part = {name: series[name] for name in names[start : start + MAX_SERIES]}
        chart = line_chart(part, x_name=curve.x_label, y_text=figure)
        if chart is not None:
            charts.append(CurveChart(curve.title, chart))
    return charts


def figure(value: float) -> str:
    """A value with two decimals; a small one, such as a learning rate, with two digits."""
    return f"{value:.2g}" if 0 < abs(value) < 0.1 else f"{value:.2f}"
