"""Numbers, spans and moments as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from annotator.ui.words import ago, duration, estimate, number, percent

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def plain(text):
    """Without the spaces that only keep a number in one piece."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "read"),
    [(0, "0"), (999, "999"), (1234567, "1 234 567"), (Decimal("8.50"), "8.50"), (None, "–")],
)
def test_a_number_is_grouped_by_thousands(value, read):
    assert plain(number(value)) == read


def test_a_number_keeps_the_decimals_asked_for():
    assert plain(number(1234.5, 2)) == "1 234.50"


@pytest.mark.parametrize(
    ("share", "read"), [(0, "0 %"), (1, "100 %"), (0.999, "99 %"), (0.001, "1 %"), (None, "–")]
)
def test_nearly_all_is_never_written_as_all(share, read):
    assert plain(percent(share)) == read


@pytest.mark.parametrize(
    ("seconds", "read"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (59.7, "1 min"),
        (61, "1 min"),
        (3599, "1 h"),
        (7800, "2 h 10 min"),
        (86_399, "1 day"),
        (3 * 86_400, "3 days"),
        (None, "–"),
    ],
)
def test_a_span_is_written_in_its_largest_unit(seconds, read):
    assert plain(duration(seconds)) == read


@pytest.mark.parametrize(
    ("seconds", "read"),
    [
        (3, "a few seconds"),
        (57, "about 1 min"),
        (42, "about 40 s"),
        (185, "about 3 min"),
        (None, ""),
    ],
)
def test_an_estimate_is_no_more_exact_than_it_can_be(seconds, read):
    assert plain(estimate(seconds)) == read


@pytest.mark.parametrize(
    ("passed", "read"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5, minutes=40), "5 h ago"),
        (timedelta(days=2, hours=20), "2 days ago"),
        (timedelta(days=40), "13 Oct 2026"),
        (timedelta(minutes=-10), "in 10 min"),
    ],
)
def test_a_moment_is_told_by_its_distance(passed, read):
    assert plain(ago(NOW - passed, now=NOW)) == read
