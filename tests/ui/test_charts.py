"""Numbers become the right shapes."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.ui.charts import bar_chart, line_chart, nice_ticks, sparkline, stacked

finite = st.floats(-1e9, 1e9, allow_nan=False)


def coordinates(points):
    return [tuple(float(number) for number in pair.split(",")) for pair in points.split()]


@given(st.lists(finite, min_size=2, max_size=50))
def test_a_sparkline_stays_inside_its_box(values):
    spark = sparkline(values)

    places = coordinates(spark.points)
    assert places[0][0] == 0
    assert places[-1][0] == spark.width
    assert all(0 <= y <= spark.height for _, y in places)


def test_a_sparkline_of_equal_numbers_is_level():
    assert {y for _, y in coordinates(sparkline([5, 5, 5]).points)} == {14}


@pytest.mark.parametrize("values", [[], [3]])
def test_a_sparkline_needs_two_numbers(values):
    assert sparkline(values).points == ""


@given(finite, finite)
def test_ticks_enclose_their_range_in_even_steps(one, other):
    low, high = sorted((one, other))

    ticks = nice_ticks(low, high)

    assert ticks == sorted(set(ticks))
    assert 2 <= len(ticks) <= 8
    slack = max(1e-9, (high - low) * 1e-6, abs(high) * 1e-12)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack


@given(finite, st.floats(1e-6, 1e3), st.sampled_from([".2f", ".0f", ".2g", ",.1f"]))
def test_no_two_ticks_have_the_same_text_however_narrow_their_range(low, width, form):
    ticks = nice_ticks(low, low + width, text=lambda tick: format(tick, form))

    texts = [format(tick, form) for tick in ticks]
    assert len(set(texts)) == len(texts)
    assert ticks[0] <= low + 1e-6 * abs(low)
    assert ticks[-1] >= low + width - 1e-6 * abs(low)


def test_a_tick_is_where_its_text_says():
    assert nice_ticks(1.2345, 1.2351, text="{:.2f}".format) == [1.23, 1.24]
    assert nice_ticks(0.6, 0.9, text="{:.0f}".format) == [0, 1]


def test_a_chart_of_nothing_but_zero_has_no_ticks_below_it():
    assert nice_ticks(0, 0) == [0.0, 0.5, 1.0]


def test_a_text_that_tells_nothing_apart_ends_the_search():
    assert len(nice_ticks(1, 2, text=lambda tick: "")) >= 2


def test_the_ticks_of_a_chart_have_texts_of_their_own():
    chart = line_chart(
        {"memory": [(1, 0.501), (10, 0.5014)]}, x_name="step", y_text="{:.2f}".format
    )

    assert [tick.text for tick in chart.y_ticks] == ["0.50", "0.51"]


def test_a_line_begins_low_on_the_left_and_ends_high_on_the_right():
    chart = line_chart({"loss": [(0, 0.0), (10, 1.0)]}, x_name="step")

    (start, end) = coordinates(chart.lines[0].points)
    assert start == (chart.left, chart.bottom)
    assert end[0] == chart.width - 8
    assert end[1] < start[1]


def test_a_diverged_value_is_left_out_of_the_line():
    chart = line_chart({"loss": [(0, 1.0), (1, math.nan), (2, math.inf), (3, 2.0)]}, x_name="step")

    assert len(coordinates(chart.lines[0].points)) == 2


def test_nothing_finite_is_no_chart():
    assert line_chart({"loss": [(0, math.nan)], "other": []}, x_name="step") is None


def test_the_table_beside_a_chart_has_every_line_and_the_last_x():
    course = [(step, step / 2) for step in range(101)]

    chart = line_chart({"loss": course, "check": [(100, 7.5)]}, x_name="step")

    assert chart.names == ["loss", "check"]
    assert chart.rows[0] == ["0", "0.0", "–"]
    assert chart.rows[-1] == ["100", "50.0", "7.5"]
    assert len(chart.rows) <= 21


def test_bars_share_one_scale():
    bars = bar_chart([("grade", 0.5), ("year", 1.0), ("odd", -1)], highest=1)

    assert [bar.width for bar in bars] == [50, 100, 0]


def test_bars_of_nothing_have_no_length():
    assert [bar.width for bar in bar_chart([("grade", 0)])] == [0]
    assert bar_chart([]) == []


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_stacked_parts_lie_end_to_end(counts):
    parts = stacked([(str(index), "part", count) for index, count in enumerate(counts)])

    assert [part.count for part in parts] == counts
    for before, after in pairwise(parts):
        assert math.isclose(before.x + before.width, after.x, abs_tol=0.011)
    whole = 100 if sum(counts) else 0
    assert math.isclose(sum(part.width for part in parts), whole, abs_tol=0.1)
