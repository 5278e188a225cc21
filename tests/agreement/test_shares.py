"""Shares with their intervals, and how far two values are apart."""

import pytest

from annotator.agreement.rules import difference
from annotator.agreement.shares import Share, gap
from tests.factories import make_variable


def test_the_published_examples_come_out():
    # Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, table II.
    one, other = Share(56, 70), Share(48, 80)

    assert gap(one, other) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert gap(Share(9, 10), Share(3, 10)) == pytest.approx((0.6, 0.1705, 0.8090), abs=5e-5)
    # Wilson, 10 of 10: Brown, Cai, DasGupta 2001.
    assert (Share(10, 10).low, Share(10, 10).high) == (pytest.approx(0.7225, abs=5e-5), 1.0)


def test_of_nothing_there_is_no_share_and_no_gap():
    nothing = Share(0, 0)

    assert (nothing.share, nothing.low, nothing.high) == (None, 0, 1)
    assert gap(nothing, Share(1, 2)) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "one", "other", "apart"),
    [
        ("float", 9.0, 7.5, 1.5),
        ("string", "bent corner", "bent edge", 0.5),
        ("array", ["a", "b"], ["b", "c"], pytest.approx(2 / 3)),
        ("boolean", True, False, 1),
        ("object", {"city": "Brno"}, {"city": "Brno"}, 0),
    ],
)
def test_numbers_are_apart_in_their_unit_and_all_else_from_nought_to_one(kind, one, other, apart):
    rules = make_variable(type=kind).spec.type_rules

    assert difference(rules, one, other) == apart
