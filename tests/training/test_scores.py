"""How right a prediction is, and how sure one can be of the mean."""

import pytest

from annotator.agreement.texts import edit_distance
from annotator.training.runner.metrics import evaluate, interval, trivial_value
from annotator.training.runner.scores import anls, leaves_score, multiset_f1, score
from annotator.variables import read_config


def spec(type_, **config):
    return read_config({"name": "v", "type": type_, **config})


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "abc", 0), ("flaw", "lawn", 2)],
)
def test_the_edit_distance_counts_single_changes(one, other, distance):
    assert edit_distance(one, other) == distance
    assert edit_distance(other, one) == distance


def test_text_that_is_mostly_wrong_counts_as_wrong():
    assert anls("Ember Fox", "ember  fox") == 1
    assert anls("abcdef", "uvwxyz") == 0
    assert 0.5 < anls("Ember Fox", "Ember Box") < 1


def test_numbers_are_scored_by_their_error_over_the_range():
    assert score(spec("float"), 8, 9, spread=10) == pytest.approx(0.9)
    assert score(spec("float"), 0, 30, spread=10) == 0
    assert score(spec("float"), 8, None, spread=10) == 0


def test_lists_count_entries_and_objects_their_members():
    assert multiset_f1(["a", "a", "b"], ["a", "b"]) == pytest.approx(0.8)
    assert leaves_score({"a": 1, "b": 2}, {"a": 1, "c": 2}) == pytest.approx(1 / 3)


def test_the_trivial_answer_is_the_median_or_what_is_said_most():
    assert trivial_value(spec("float"), [1, 2, 9, None]) == 2
    assert trivial_value(spec("boolean"), [True, False, True]) is True
    assert trivial_value(spec("string"), []) is None


def test_an_interval_is_within_bounds_and_shrinks_with_n():
    few, many = interval([1.0] * 5), interval([1.0] * 500)

    assert many[1] == pytest.approx(1)
    assert few[0] < many[0] < 1
    assert interval([]) == (0.0, 1.0)


def test_an_evaluation_stands_beside_the_trivial_answer_with_n():
    metrics = evaluate(
        spec("string", choices="mint,good"),
        ["mint", "good", "good"],
        ["mint", "good", "mint"],
        ["mint", "mint", "good"],
    )

    assert (metrics["n"], metrics["score"], metrics["trivial"]) == (
        3,
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
    )
    assert {"expected": "good", "predicted": "mint", "count": 1} in metrics["details"]["confusion"]


def test_a_number_that_is_missing_is_not_near_and_has_no_error():
    grade = spec("integer")

    some = evaluate(grade, [1, 2, 3, 4], [1, None, 4, 9], [1, 9])["details"]
    none = evaluate(grade, [1, 2], [None, None], [1, 9])["details"]

    assert (some["share_within"], some["mean_absolute_error"]) == (0.5, 2)
    assert none == {"exact": 0, "within": 1, "share_within": 0}
