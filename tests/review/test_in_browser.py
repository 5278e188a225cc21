"""Reviewing in a real browser, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.datasets.actions import add_images, set_value
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.review.actions import approve, return_answer
from annotator.review.models import Review
from tests.axe import of_pages
from tests.factories import PASSWORD, make_image, make_member, make_sample, make_user
from tests.review.rows import at, make_cards, submit_answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dataset():
    return make_cards()


@pytest.fixture
def grace(dataset):
    user = make_user(username="grace", first_name="Grace", last_name="Hopper")
    return make_member(Role.REVIEWER, workspace=dataset.workspace, user=user)


@pytest.fixture
def cards(dataset):
    """Five answers that await a verdict, each with a picture."""
    return [submit_answer(dataset, sample=make_card(dataset, number)) for number in range(1, 6)]


def make_card(dataset, number):
    sample = make_sample(dataset=dataset, name=f"card-{number}")
    add_images(sample, [make_image(dataset.workspace)], by=None)
    return sample


def sign_in(page, url, path):
    page.goto(f"{url}/account/login/?next={path}")
    page.locator("[name=login]").fill("grace")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def shows(page, name):
    """Wait until this sample is open and can be judged."""
    page.get_by_role("heading", name=name, exact=True).wait_for()
    page.locator("#work:not([data-busy])").wait_for()
    page.wait_for_load_state()  # its modules hear the keys


def test_four_are_accepted_and_one_is_returned_by_keyboard_alone(live_server, page, grace, cards):
    sign_in(page, live_server.url, "/review/")
    for number in (1, 2):
        shows(page, f"card-{number}")
        page.keyboard.press("Enter")
    shows(page, "card-3")
    for key in ("r", "1", "1"):  # return: grade, wrong value
        page.keyboard.press(key)
    page.keyboard.type("A 6 at most.")
    page.keyboard.press("Enter")
    shows(page, "card-4")
    page.keyboard.press("a")
    shows(page, "card-5")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()

    returned = Answer.objects.get(state=Answer.State.RETURNED)
    assert returned == cards[2]
    field = returned.returned_fields.get()
    assert (field.variable.name, field.reason) == ("grade", "Wrong value: A 6 at most.")
    assert Sample.objects.filter(state=Sample.State.APPROVED).count() == 4


def test_a_row_is_edited_by_its_digit_and_accepted_with_enter(live_server, page, grace, cards):
    sign_in(page, live_server.url, at("sample", cards[0]))
    shows(page, "card-1")
    page.keyboard.press("1")
    page.keyboard.type("8.5")
    page.locator("#rendered").get_by_text('"grade": 8.5').wait_for()
    page.keyboard.press("Enter")
    shows(page, "card-2")

    value = VariableValue.objects.get(sample=cards[0].sample, variable__name="grade")
    assert (value.value, value.origin, value.set_by) == (8.5, Origin.REVIEWED, grace.user)


def test_escape_takes_an_edit_back(live_server, page, grace, cards):
    sign_in(page, live_server.url, at("sample", cards[0]))
    shows(page, "card-1")
    page.keyboard.press("1")
    page.keyboard.type("2")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    shows(page, "card-2")

    value = VariableValue.objects.get(sample=cards[0].sample, variable__name="grade")
    assert (value.value, value.origin) == (7.0, Origin.TYPED)


def test_an_edit_that_is_not_allowed_has_the_focus_until_it_is_mended(
    live_server, page, grace, cards
):
    sign_in(page, live_server.url, at("sample", cards[0]))
    shows(page, "card-1")
    page.keyboard.press("1")
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    # What will be trained shows the reason before the server has refused it.
    page.locator("#fields").get_by_text("not allowed").wait_for()
    expect(page.locator("#fields input:focus")).to_have_value("11")
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    shows(page, "card-2")

    assert VariableValue.objects.get(variable__name="grade").value == 9.0


def test_the_last_verdict_is_undone_by_one_key(live_server, page, grace, cards):
    sign_in(page, live_server.url, at("sample", cards[0]))
    shows(page, "card-1")
    page.keyboard.press("Enter")
    shows(page, "card-2")
    page.keyboard.press("Backspace")
    shows(page, "card-1")

    assert not Sample.objects.exclude(state=Sample.State.SUBMITTED).exists()
    page.keyboard.press("Enter")
    shows(page, "card-2")
    assert Review.objects.filter(decision="approved").count() == 2


def test_an_answer_that_somebody_else_judged_says_so_and_leads_on(live_server, page, grace, cards):
    sign_in(page, live_server.url, at("sample", cards[0]))
    shows(page, "card-1")
    approve(cards[0], by=make_user(first_name="Ben"), seen_rev=cards[0].rev)
    page.keyboard.press("Enter")
    page.get_by_text("Your review was not saved.").wait_for()
    page.keyboard.press("Enter")
    shows(page, "card-2")

    assert Review.objects.count() == 1


def test_everything_works_without_javascript(live_server, browser, grace, cards):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, "/review/")
    page.locator("summary", has_text="7").first.click()
    page.get_by_role("textbox", name="grade").fill("9")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="card-2", exact=True).wait_for()
    page.get_by_role("link", name="Return", exact=True).click()
    page.get_by_label("Too vague").check()
    page.locator("#return-dialog").get_by_role("button", name="Return").click()
    page.get_by_role("heading", name="card-3", exact=True).wait_for()
    page.get_by_role("button", name="Undo the last review").click()
    page.get_by_role("heading", name="card-2", exact=True).wait_for()
    page.get_by_role("link", name="Cards").click()
    page.get_by_label("Tick card-4").check()
    page.get_by_role("button", name="Approve the ticked ones").click()
    page.get_by_text("1 approved.").wait_for()
    context.close()

    assert VariableValue.objects.get(sample=cards[0].sample, variable__name="grade").value == 9.0
    states = Sample.objects.order_by("name").values_list("state", flat=True)
    assert list(states) == ["approved", "submitted", "submitted", "approved", "submitted"]


def test_axe_finds_nothing_serious_on_any_page(live_server, page, grace, dataset, cards):
    first, second, third, *_ = cards
    grade = dataset.variables.get(name="grade")
    set_value(first.sample, grade, 9, origin=Origin.IMPORTED, by=None, updates_completion=False)
    approve(second, by=grace.user, seen_rev=second.rev)
    return_answer(third, by=grace.user, seen_rev=third.rev, reason="Too high.")
    sign_in(page, live_server.url, "/review/?list=1")
    page.get_by_role("heading", name="Review").wait_for()
    paths = [
        "/review/?list=1",
        at("list", dataset),
        at("sample", first),
        at("sample", first) + "?return=1",
        at("sample", second),
        at("sample", third),
        at("reopen", second.sample),
    ]

    assert of_pages(page, [live_server.url + path for path in paths]) == {}
