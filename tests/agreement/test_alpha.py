"""Krippendorff's alpha against published examples, and its interval."""

import random

import pytest

from annotator.agreement.alpha import Scale
from annotator.agreement.intervals import estimate_alpha, estimate_mean

# Krippendorff, Computing Krippendorff's Alpha-Reliability: four people, twelve units, `.` is missing.
PUBLISHED = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]


def units_of(rows):
    columns = zip(*(row.split() for row in rows), strict=True)
    return [[int(value) for value in column if value != "."] for column in columns]


def alpha_of(units, scale):
    return estimate_alpha(units, scale, bounds=False).value


@pytest.mark.parametrize(
    ("scale", "published"),
    [(Scale.NOMINAL, 0.7434), (Scale.ORDINAL, 0.8154), (Scale.INTERVAL, 0.8491)],
)
def test_the_published_example_with_missing_values(scale, published):
    assert alpha_of(units_of(PUBLISHED), scale) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize("scale", Scale)
def test_neither_the_order_of_people_nor_that_of_samples_matters(scale):
    units = units_of(PUBLISHED)
    mixed = [random.Random(1).sample(unit, len(unit)) for unit in units]
    random.Random(2).shuffle(mixed)

    assert alpha_of(mixed, scale) == pytest.approx(alpha_of(units, scale))


def test_units_of_one_value_count_for_nothing():
    units = units_of(PUBLISHED)

    assert alpha_of([*units, [1], [], [3]], Scale.NOMINAL) == pytest.approx(
        alpha_of(units, Scale.NOMINAL)
    )


def test_words_are_nominal():
    words = [[f"word {value}" for value in unit] for unit in units_of(PUBLISHED)]

    assert alpha_of(words, Scale.NOMINAL) == pytest.approx(0.7434, abs=5e-5)


def test_by_hand_two_people_four_units():
    # Coincidences: (a,a) 4, (a,b) 1 twice, (b,b) 2; n_a = 5, n_b = 3, n = 8.
    # 1 − (8 − 1) · 1 ÷ (5 · 3) = 8 / 15.
    assert alpha_of(["aa", "aa", "ab", "bb"], Scale.NOMINAL) == pytest.approx(8 / 15)


@pytest.mark.parametrize("units", [[], [[1]], [[1, 1], [1, 1]]])
@pytest.mark.parametrize("scale", Scale)
def test_without_a_pair_or_any_variation_it_is_not_defined(units, scale):
    assert alpha_of(units, scale) is None


def test_chance_gives_about_zero_and_opposites_less():
    rolls = random.Random(1)
    dice = [[rolls.randint(1, 6), rolls.randint(1, 6)] for _ in range(5000)]

    assert abs(alpha_of(dice, Scale.NOMINAL)) < 0.03
    assert alpha_of([[1, 2], [2, 1]] * 5, Scale.NOMINAL) < 0


def test_an_estimate_has_an_interval_that_is_the_same_each_time():
    units = units_of(PUBLISHED) * 10

    first, second = (estimate_alpha(units, Scale.NOMINAL) for _ in range(2))

    assert first == second
    assert first.units == 110, "the unit of one value dropped out ten times"
    assert 0.60 < first.low < first.value < first.high < 0.90


def test_few_units_have_a_wide_interval_and_fewer_none():
    few = estimate_alpha(units_of(PUBLISHED), Scale.NOMINAL)
    fewer = estimate_alpha(units_of(PUBLISHED)[:6], Scale.NOMINAL)

    assert few.units == 11
    assert few.low < 0.5
    assert few.high == 1
    assert fewer.is_too_few
    assert fewer.low is None


def test_the_mean_of_shares_with_its_interval():
    estimate = estimate_mean([1.0] * 80 + [0.0] * 20)

    assert estimate.value == pytest.approx(0.8)
    # Of a share: 0.8 ± 1.96 · √(0.8 · 0.2 ÷ 100).
    assert estimate.low == pytest.approx(0.722, abs=0.015)
    assert estimate.high == pytest.approx(0.878, abs=0.015)
    assert estimate_mean([]).value is None
    assert estimate_mean([1.0] + [0.0] * 11).low == 0


@pytest.mark.parametrize("number", [12, 60])  # by jackknife and by bootstrap
def test_the_interval_of_a_mean_ends_at_nothing(number):
    estimate = estimate_mean([1.0] + [0.0] * (number - 1))
    seconds = estimate_mean([300.0] + [1.0] * (number - 1), highest=None)

    assert estimate.low == 0 < estimate.value < estimate.high
    assert 0 <= seconds.low < seconds.value < seconds.high


def test_many_different_numbers_cost_memory_by_their_number_alone():
    units = [[number / 7, number / 7 + number % 3] for number in range(20_000)]

    estimate = estimate_alpha(units, Scale.INTERVAL)

    assert estimate.low < estimate.value < estimate.high <= 1
