"""The statistics of two models on the same samples."""

import random

import pytest

from annotator.training.pairs import paired_interval, sign_test


@pytest.mark.parametrize(
    ("won", "lost", "probability"),
    [(0, 0, 1), (1, 0, 1), (5, 5, 1), (6, 0, 2 / 64), (9, 1, 22 / 1024), (1, 9, 22 / 1024)],
)
def test_the_sign_test_is_the_binomial_distribution(won, lost, probability):
    assert sign_test(won, lost) == pytest.approx(probability)


def test_the_sign_test_stands_large_numbers():
    assert sign_test(6000, 4000) < 1e-50
    assert sign_test(5000, 5001) == pytest.approx(1)


def test_no_difference_is_uncertain_by_the_number_of_samples():
    low, high = paired_interval([1.0] * 10, [1.0] * 10)
    many_low, many_high = paired_interval([1.0] * 1000, [1.0] * 1000)

    assert low < 0 < high
    assert many_high - many_low < 0.02
    assert paired_interval([], []) == (-1, 1)


def test_scores_between_0_and_1_have_the_normal_interval_of_their_differences():
    low, high = paired_interval([0.5, 0.5, 0.5, 0.5], [0.6, 0.8, 0.6, 0.8])

    assert (low + high) / 2 == pytest.approx(0.2)
    assert high - low == pytest.approx(2 * 1.96 * 0.11547 / 2, rel=1e-3)


def test_the_interval_holds_the_true_difference_nineteen_times_in_twenty():
    chance = random.Random(7)  # seeded: no security
    held = 0
    for _ in range(400):
        easy = [chance.random() for _ in range(40)]
        before = [float(one < 0.6) for one in easy]
        after = [
            float((one < 0.6 and chance.random() < 0.9) or chance.random() < 0.3) for one in easy
        ]
        low, high = paired_interval(before, after)
        held += low <= 0.6 * 0.93 + 0.4 * 0.3 - 0.6 <= high

    assert 0.93 <= held / 400 <= 0.995
