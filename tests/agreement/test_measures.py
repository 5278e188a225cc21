"""Which measures fit which type, and when two values agree."""

import pytest

from annotator.agreement.lists import jaccard
from annotator.agreement.measures import leaves_of, measures_of
from annotator.agreement.rules import Rule, TextRule, agree, most_agreed
from annotator.agreement.texts import edit_similarity, token_f1
from annotator.variables import read_config


def rules(type_, **config):
    return read_config({"name": "v", "type": type_, **config}).type_rules


def figures(type_rules, units):
    return {each.name: each.estimate.value for each in measures_of(type_rules, units)}


def test_numbers_have_an_ordinal_alpha_shares_and_a_difference():
    units = [[8, 8], [8, 9], [7, 9], [5, 5]]

    # By hand: values between count, so 8 and 9 are 2.5² apart, 7 and 9 4.5²: 1 − 7 · 26.5 ÷ 312.
    assert figures(rules("integer"), units) == {
        "Alpha, ordinal": pytest.approx(1 - 7 * 26.5 / 312),
        "Same value": 0.5,
        "Within one step": 0.75,
        "Mean difference": 0.75,
    }


def test_steps_of_a_decimal_number_are_its_own():
    half = rules("float", step_size=0.5)

    assert figures(half, [[8.0, 8.5], [8.0, 9.0]])["Within one step"] == 0.5
    assert "Within one step" not in figures(rules("float"), [[8.0, 8.5]])


def test_more_than_twenty_different_numbers_are_an_interval_scale():
    assert "Alpha, interval" in figures(rules("float"), [[n, n + 1] for n in range(40)])


def test_choices_and_yes_no_are_nominal():
    expected = {"Alpha, nominal", "Same value"}

    assert set(figures(rules("string", choices="a,b"), [["a", "b"]])) == expected
    assert set(figures(rules("boolean"), [[True, False]])) == expected


def test_text_has_three_measures_and_no_alpha():
    units = [["Ember Fox", "ember  fox"], ["corner white", "corner worn"]]

    assert figures(rules("string"), units) == {
        "Same text": 0.5,
        "Edit similarity": pytest.approx((1 + 1 - 4 / 12) / 2),
        "Word F1": 0.75,
    }


def test_lists_are_compared_by_what_they_share():
    assert figures(rules("array"), [[["a", "b"], ["b", "c"]]]) == {"Jaccard": pytest.approx(1 / 3)}
    assert jaccard([], []) == 1
    assert jaccard([1], ["1"]) == 0


def test_of_three_people_all_pairs_count():
    assert figures(rules("boolean"), [[True, True, False]])["Same value"] == pytest.approx(1 / 3)


def test_an_object_is_compared_member_by_member():
    schema = [
        {"name": "corner", "type": "integer"},
        {"name": "edge", "type": "string", "choices": "white,clean"},
    ]
    object_rules = read_config({"name": "v", "type": "object"} | {"item_schema": schema}).type_rules

    leaves = list(leaves_of(object_rules))

    assert [leaf.path for leaf in leaves] == [("corner",), ("edge",)]
    assert [leaf.of({"corner": 3}) for leaf in leaves] == [3, None]
    assert [leaf.path for leaf in leaves_of(rules("object"))] == [()]


@pytest.mark.parametrize(
    ("type_rules", "one", "other", "rule", "expected"),
    [
        (rules("float"), 8, 8.0, Rule(), True),
        (rules("float"), 8, 8.5, Rule(), False),
        (rules("float"), 8, 8.5, Rule(tolerance=0.5), True),
        (rules("float"), 0.1, 0.4, Rule(tolerance=0.3), True),
        (rules("boolean"), True, False, Rule(tolerance=5), False),
        (rules("string"), "Ember Fox", " ember fox", Rule(), True),
        (rules("string"), "Ember Fox", "ember fox", Rule(text=TextRule.EXACT), False),
        (rules("string"), "corner is white", "corner iz white", Rule(), False),
        (rules("string"), "corner is white", "corner iz white", Rule(text=TextRule.SIMILAR), True),
        (rules("array"), ["a", "b"], ["b", "a"], Rule(), True),
        (rules("array"), ["a", "b"], ["a"], Rule(), False),
        (rules("object"), {"a": 1, "b": 2}, {"b": 2, "a": 1}, Rule(), True),
        (rules("float"), None, None, Rule(), True),
        (rules("float"), None, 0, Rule(tolerance=9), False),
    ],
)
def test_when_two_values_agree(type_rules, one, other, rule, expected):
    assert agree(type_rules, one, other, rule) is expected
    assert agree(type_rules, other, one, rule) is expected


def test_the_one_that_agrees_with_most_others_stands_for_all():
    assert most_agreed([[True, False, False], [False, True, True], [False, True, True]]) == 1
    assert most_agreed([[True, False], [False, True]]) == 0


def test_texts():
    assert edit_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert edit_similarity("", "") == 1
    assert token_f1("a b", "b a") == 1
    assert token_f1("a", "") == 0
