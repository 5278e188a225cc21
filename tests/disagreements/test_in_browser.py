"""Disagreements are judged in a real browser, by keyboard alone."""

import pytest

from annotator.datasets.actions import add_images
from annotator.datasets.models import VariableValue
from annotator.disagreements.models import Disagreement
from tests.axe import in_both_themes
from tests.disagreements.rows import compare, make_disputed
from tests.factories import PASSWORD, make_image

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GIVEN = [(9.0, 4.0, 0.6), (9.0, 5.0, 0.9), (9.0, 6.0, 0.5)]


def test_three_are_judged_and_one_verdict_is_taken_back_by_keyboard(live_server, page):
    member, dataset, samples, _ = make_disputed(GIVEN)
    for sample in samples:
        add_images(sample, [make_image(dataset.workspace)], by=None)
    compare(dataset)
    page.goto(f"{live_server.url}/account/login/?next=/disagreements/{dataset.pk}/queue/")
    page.locator("[name=login]").fill(member.user.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")

    def press(key, *, on):
        page.get_by_role("heading", name=str(on), exact=True).wait_for()
        page.wait_for_load_state()
        page.keyboard.press(key)

    page.get_by_role("heading", name=str(samples[0]), exact=True).wait_for()
    assert in_both_themes(page) == []
    press("2", on=samples[0])  # model right
    press("1", on=samples[1])  # person right
    press("Backspace", on=samples[2])
    press("s", on=samples[1])  # later
    press("4", on=samples[2])  # bad picture
    press("3", on=samples[1])  # both plausible
    page.get_by_text("Nothing is left to judge").wait_for()

    verdicts = Disagreement.objects.order_by("-size").values_list("verdict", flat=True)
    assert list(verdicts) == ["model", "both", "picture"]
    assert list(VariableValue.objects.order_by("value").values_list("value", flat=True)) == [
        4,
        9,
        9,
    ]
