"""Suggestions in a real browser: two keys for a sample whose suggestions are right, and what changes them."""

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.actions import create_sample
from annotator.datasets.models import Origin
from annotator.suggestions.models import Suggestion
from tests.annotation.conftest import acknowledged, sign_in
from tests.axe import in_both_themes
from tests.factories import make_image, make_variable
from tests.suggestions.rows import make_graded, make_source, suggest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def graded(live_server, page):
    """(page, samples, grade, look): twelve pictures with a grade and a condition to confirm."""
    member, dataset, _, grade = make_graded(role=Role.ANNOTATOR, samples=0, blind_percent=0)
    look = make_variable(
        dataset=dataset, name="condition", type="string", choices=["Mint", "Good"], required=True
    )
    make_variable(dataset=dataset, name="note", type="string", max_length=400)
    samples = []
    for number in range(12):
        images = [make_image(dataset.workspace, seed=number)]
        samples.append(create_sample(dataset, by=None, name=f"card-{number}", images=images))
    page.set_default_timeout(20_000)
    sign_in(page, live_server, member)
    return page, samples, grade, look


def open_first(page, live_server):
    with page.expect_response("**/ahead/"):
        page.goto(f"{live_server.url}/label/")
    page.wait_for_timeout(100)  # it reads the response


def test_ten_samples_whose_suggestions_are_right_take_at_most_two_keys_each(graded, live_server):
    page, samples, grade, look = graded
    for number, sample in enumerate(samples):
        suggest(sample, grade, 7.5, confidence=0.97)
        suggest(sample, look, "Good", confidence=0.5 if number % 2 else 0.9)
    open_first(page, live_server)

    for number in range(10):
        expect(page.get_by_role("heading", level=1)).to_have_text(f"card-{number}")
        expect(page.locator("[data-suggested=filled]")).to_have_count(2)
        if number % 2:
            expect(page.get_by_label("Good")).to_be_focused()
        else:
            expect(page.locator("[data-action=submit]")).to_be_focused()
        page.keyboard.press("Enter")
        acknowledged(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("card-10")
    answers = Answer.objects.filter(state="submitted")
    assert list(answers.values_list("key_presses", flat=True)) == [1] * 10
    assert all(answer.active_ms > 0 for answer in answers)
    assert set(AnswerValue.objects.values_list("origin", flat=True)) == {Origin.SUGGESTED}
    assert Suggestion.objects.filter(state="accepted").count() == 20


def test_a_key_takes_the_next_source_one_empties_the_field_and_typing_marks_it_edited(
    graded, live_server
):
    page, (first, *_), grade, look = graded
    workspace = first.dataset.workspace
    suggest(first, grade, 6, confidence=0.4, source=make_source(workspace, name="older"))
    suggest(first, grade, 7.5, confidence=0.5, source=make_source(workspace, name="newer"))
    suggest(first, look, "Good", confidence=0.5)
    open_first(page, live_server)
    box = page.locator('[data-variable="grade"]')
    expect(box).to_be_focused()
    expect(box).to_have_value("7.5")

    page.keyboard.press("Alt+o")
    expect(box).to_have_value("6.0")
    expect(box).to_be_focused()
    expect(page.locator("#rendered")).to_contain_text("6")
    page.keyboard.press("Alt+o")
    expect(box).to_have_value("7.5")
    page.keyboard.press("Alt+x")
    expect(box).to_have_value("")
    page.keyboard.type("8")
    expect(page.locator("[data-suggested=edited]")).to_contain_text("7.5")
    expect(page.locator("#save-state")).to_have_text("Saved")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("card-1")
    acknowledged(page)
    origins = dict(AnswerValue.objects.values_list("variable__name", "origin"))
    assert origins == {"grade": Origin.EDITED, "condition": Origin.SUGGESTED}


@pytest.mark.parametrize("width", [1366, 360])
def test_axe_finds_nothing_serious_beside_suggestions(graded, live_server, width):
    page, (first, *_), grade, look = graded
    suggest(first, grade, 7.5, confidence=0.5)
    suggest(first, grade, 6, source=make_source(first.dataset.workspace, name="other"))
    suggest(first, look, "Good", confidence=0.95)
    page.set_viewport_size({"width": width, "height": 800})
    open_first(page, live_server)
    expect(page.locator("[data-suggested]")).to_have_count(2)

    assert in_both_themes(page) == []
