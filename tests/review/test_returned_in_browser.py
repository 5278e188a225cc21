"""A field returned by keyboard, what its author sees, and what both say to each other beside the work."""

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.comments.models import Comment
from tests.axe import violations
from tests.factories import PASSWORD, make_member, make_user
from tests.review.rows import at, make_cards, submit_answer
from tests.review.test_in_browser import make_card, shows, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in_anna(page, url, path):
    page.goto(f"{url}/account/login/?next={path}")
    page.locator("[name=login]").fill("anna")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def test_one_field_is_returned_and_talked_about_by_keyboard_alone(live_server, page, browser):
    dataset = make_cards()
    workspace = dataset.workspace
    make_member(Role.REVIEWER, workspace=workspace, user=make_user(username="grace"))
    anna = make_member(workspace=workspace, user=make_user(username="anna"))
    answer = submit_answer(dataset, author=anna.user, sample=make_card(dataset, 1))
    submit_answer(dataset, sample=make_card(dataset, 2))

    sign_in(page, live_server.url, at("sample", answer))
    shows(page, "card-1")
    comment_on(page, "Look at the corner, @anna.")
    return_the_note(page, "Too vague.")
    shows(page, "card-2")

    answer.refresh_from_db()
    assert answer.state == Answer.State.RETURNED
    assert answer.returned_fields.get().variable.name == "note"
    assert Comment.objects.get().mentions.get().person == anna.user

    hers = browser.new_context().new_page()
    sign_in_anna(hers, live_server.url, "/label/")
    shows(hers, "card-1")
    expect(hers.locator("[data-returned] :focus")).to_have_value("Fine.")
    look_at_history(hers)
    disagree(hers, "It says all there is.")
    hers.context.close()

    answer.refresh_from_db()
    assert answer.state == Answer.State.SUBMITTED


def comment_on(page, text):
    page.keyboard.press("k")
    page.locator("#comment-text:focus").wait_for()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    page.locator("#aside .said").get_by_text(text).wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")


def return_the_note(page, reason):
    page.keyboard.press("2")
    page.keyboard.press("Tab")
    page.keyboard.type(reason)
    expect(page.locator("[data-action=approve] .when-returning")).to_be_visible()
    page.keyboard.press("Enter")


def look_at_history(page):
    page.keyboard.press("Alt+h")
    page.locator("#aside").get_by_role("heading", name="History").wait_for()
    page.keyboard.press("Escape")


def disagree(page, reason):
    page.get_by_text("I disagree").click()
    page.locator("#dispute-text").fill(reason)
    page.get_by_role("button", name="Send as it is").click()
    page.get_by_text("Nothing left to label").wait_for()
