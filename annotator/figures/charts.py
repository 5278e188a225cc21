"""Charts of people's work, for the pages of a dataset and of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from annotator.figures.progress import Row
from annotator.figures.work import Period, Work
from annotator.ui.charts import Bar, LineChart, bar_chart, line_chart
from annotator.ui.words import duration, number, percent

MOST_BARS = 12

Days = Mapping[date, Work]


def of_days(days: Days, period: Period) -> list[tuple[str, LineChart]]:
    """(title, chart) of each course that has something to show."""
    charts = [
        ("Submitted answers by day", submitted_chart(days, period)),
        ("Seconds for an answer", seconds_chart(days)),
        ("Returned, of a hundred reviewed answers", returned_chart(days)),
    ]
    return [(title, chart) for title, chart in charts if chart is not None]


def of_people(rows: Sequence[Row]) -> list[tuple[str, list[Bar]]]:
    """(title, bars) of who did most: answers, working time, and how they answered gold samples."""
    rows = rows[:MOST_BARS]
    times = [(row.name, row.work.seconds) for row in rows]
    timed = [(name, seconds) for name, seconds in times if seconds is not None]
    right = [(row.name, row.gold_share) for row in rows if row.gold_share is not None]
    return [
        ("Submitted answers", bar_chart([(row.name, row.work.submitted) for row in rows])),
        ("Working time", bar_chart(timed, text=duration)),
        ("Right values in gold samples", bar_chart(right, highest=1, text=percent)),
    ]


def submitted_chart(days: Mapping[date, Work], period: Period) -> LineChart | None:
    """Answers by day; None before the first."""
    if not days:
        return None
    each = [(day.toordinal(), days.get(day, Work()).submitted) for day in period.days(days)]
    return _chart({"Submitted": each}, number)


def seconds_chart(days: Mapping[date, Work]) -> LineChart | None:
    """The time of an answer by the day, where it was counted."""
    timed = [(day.toordinal(), work.seconds_each) for day, work in sorted(days.items())]
    pairs = [(day, each) for day, each in timed if each is not None]
    return _chart({"Seconds": pairs}, lambda each: f"{each:.0f}")


def returned_chart(days: Days) -> LineChart | None:
    """How many of the reviewed answers were returned, by the day on which they were submitted last."""
    reviewed = [(day.toordinal(), work.returned_share) for day, work in sorted(days.items())]
    pairs = [(day, 100 * each) for day, each in reviewed if each is not None]
    return _chart({"Returned": pairs}, lambda each: f"{each:.0f} %")


def _chart(series: dict[str, Any], text: Any) -> LineChart | None:
    return line_chart(series, x_name="Day (UTC)", x_text=day_text, y_text=text, y_from_zero=True)


def day_text(ordinal: float) -> str:
    """A day of a chart in words."""
    day = date.fromordinal(int(ordinal))
    return f"{day.day} {day:%b %Y}" if day.year != timezone.now().year else f"{day.day} {day:%b}"
