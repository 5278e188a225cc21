"""What is drawn is what is said to be true, and the same each time."""

import io
from collections import Counter

import pytest
from PIL import Image

from annotator.demo.drawing.card_plan import CONDITIONS, COSTS, card
from annotator.demo.drawing.invoice_plan import invoice
from annotator.demo.drawing.street_plan import scene
from annotator.demo.sets import SETS
from annotator.variables import learn_template, read_config, render

EVERY = pytest.mark.parametrize("key", list(SETS))


def specs_of(demo_set):
    return [read_config(config) for config in demo_set.variables]


@EVERY
def test_the_same_number_gives_the_same_bytes(key):
    one, other = SETS[key].pictures(3), SETS[key].pictures(3)

    assert [picture.data for picture in one] == [picture.data for picture in other]
    assert [picture.data for picture in one] != [p.data for p in SETS[key].pictures(4)]


@EVERY
def test_a_picture_does_not_depend_on_those_drawn_before(key):
    first = SETS[key].pictures(0)
    SETS[key].pictures(1)

    assert SETS[key].pictures(0) == first


@EVERY
def test_every_truth_is_legal_and_renders_whole(key):
    demo_set = SETS[key]
    template = learn_template(demo_set.template, demo_set.format, specs_of(demo_set))

    for number in range(demo_set.samples):
        values = demo_set.ground_truth(number).values
        for spec in specs_of(demo_set):
            if spec.name in values:
                assert spec.check_answer(values[spec.name]) == values[spec.name]
        assert render(template, values)


def test_all_four_formats_appear():
    assert {demo_set.format for demo_set in SETS.values()} == {"json", "yaml", "xml", "csv"}


@EVERY
def test_names_tell_the_samples_apart(key):
    demo_set = SETS[key]
    names = [demo_set.ground_truth(number).name for number in range(demo_set.samples)]

    assert len(set(names)) == demo_set.samples
    assert [demo_set.number_of(name) for name in names] == list(range(demo_set.samples))
    assert demo_set.number_of("Somebody's own 003") is None


@EVERY
def test_most_is_known_and_all_that_is_for_tests(key):
    demo_set = SETS[key]
    tests = [n for n in range(demo_set.samples) if demo_set.is_test(n)]
    known = [n for n in range(demo_set.samples) if demo_set.known_values(n)]

    assert 0.15 <= len(tests) / demo_set.samples <= 0.20
    assert set(tests) <= set(known)
    assert 0.6 <= len(known) / demo_set.samples <= 0.9


def test_a_card_loses_exactly_what_its_flaws_cost():
    for number in range(120):
        one = card(number)
        lowest, highest = CONDITIONS[one.condition]

        assert 10 - sum(COSTS[flaw.kind] for flaw in one.flaws) == one.grade
        assert lowest <= one.grade <= highest
        assert len(set(one.flaws)) == len(one.flaws)


def test_the_cards_are_spread_over_all_conditions():
    conditions = Counter(card(number).condition for number in range(120))

    assert set(conditions) == set(CONDITIONS)
    assert min(conditions.values()) >= 12


def test_each_road_user_has_a_box_inside_its_picture():
    for number in range(0, 100, 7):
        one = scene(number)
        (picture,) = SETS["street_scenes"].pictures(number)
        with Image.open(io.BytesIO(picture.data)) as image:
            width, height = image.size
        labels = Counter(label for label, _ in picture.objects)

        assert labels["car"] == one.count("car")
        assert labels["person"] == one.count("person")
        assert labels["bicycle"] == one.count("bicycle")
        assert labels["traffic light"] == (one.light != "none")
        assert len(picture.objects) <= 10
        for _, (xmin, ymin, xmax, ymax) in picture.objects:
            assert 0 <= xmin < xmax <= width
            assert 0 <= ymin < ymax <= height


def test_every_third_invoice_has_a_second_page_and_its_sums_add_up():
    for number in range(80):
        one = invoice(number)
        values = SETS["invoices"].ground_truth(number).values
        net = sum(item["quantity"] * item["unit_price"] for item in values["line_items"])

        assert one.pages == (2 if number % 3 == 2 else 1)
        assert values["total"] == pytest.approx(net * 1.2, abs=0.011)
    assert len(SETS["invoices"].pictures(2)) == 2
