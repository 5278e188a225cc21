"""Fast hands: keys that outrun the server, and keys pressed twice."""

import pytest
from playwright.sync_api import expect

from annotator.annotation.models import Answer
from tests.annotation.conftest import acknowledged

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nothing_held_back(at_work):
    """No request is still held back when the page is closed."""
    yield
    at_work.unroute_all(behavior="wait")


def fill_in(page, note):
    """All keys of one sample, as fast as they go."""
    page.keyboard.press("2")
    page.keyboard.press("y")
    page.keyboard.type("8.5")
    page.keyboard.press("Tab")
    page.keyboard.type(note)


def hold_back(page):
    """Answer as a distant server does, after all keys have been pressed."""

    def answer(route):
        page.wait_for_timeout(400)
        route.continue_()

    return answer


def test_keys_that_outrun_the_server_are_typed_into_the_next_sample(at_work, member):
    at_work.route("**/submit/", hold_back(at_work))
    fill_in(at_work, "Fine 0")
    at_work.keyboard.press("Control+Enter")
    fill_in(at_work, "Fine 1")
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-1")
    expect(at_work.locator('[data-variable="note"]')).to_have_value("Fine 1")
    at_work.keyboard.press("Control+Enter")
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-2")
    acknowledged(at_work)

    answers = Answer.objects.filter(author=member.user, state="submitted")
    values = [
        {row.variable.name: row.value for row in answer.values.all()}
        for answer in answers.order_by("sample__created_at")
    ]
    assert [(v["condition"], v["grade"], v["note"]) for v in values] == [
        ("Good", 8.5, "Fine 0"),
        ("Good", 8.5, "Fine 1"),
    ]


def test_keys_that_outrun_a_refusal_change_nothing(at_work):
    at_work.route("**/submit/", hold_back(at_work))
    at_work.keyboard.press("2")
    at_work.keyboard.press("Control+Enter")
    at_work.keyboard.press("1")
    at_work.keyboard.press("Enter")

    expect(at_work.get_by_text("Not submitted yet").first).to_be_visible()
    expect(at_work.get_by_role("radio", name="Good")).to_be_checked()
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-0")


def test_an_enter_pressed_twice_leaves_the_next_sample_alone(at_work):
    at_work.route("**/submit/", hold_back(at_work))
    fill_in(at_work, "Fine 0")
    at_work.keyboard.press("Control+Enter")
    at_work.keyboard.press("Control+Enter")
    at_work.keyboard.press("Enter")

    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-1")
    at_work.wait_for_timeout(300)
    expect(at_work.get_by_text("Not submitted yet")).to_have_count(0)


def test_the_key_of_what_is_chosen_already_moves_on(at_work):
    at_work.keyboard.press("2")
    at_work.keyboard.press("Shift+Tab")
    at_work.keyboard.press("2")

    expect(at_work.get_by_role("radio", name="Yes")).to_be_focused()
    expect(at_work.get_by_role("radio", name="Good")).to_be_checked()


def test_a_text_goes_on_behind_what_is_there(at_work):
    note = at_work.locator('[data-variable="note"]')
    note.fill("A crease.")
    at_work.locator('[data-variable="grade"]').focus()
    note.evaluate("note => note.setSelectionRange(0, 0)")  # as in a page that has just come
    at_work.evaluate("""() => {
        document.querySelector('[data-variable=note]').closest('[data-field]')
            .querySelector('[data-error]').hidden = false;
        document.dispatchEvent(new Event('fields:refused'));
    }""")
    at_work.keyboard.type(" A stain.")

    expect(note).to_have_value("A crease. A stain.")


def test_who_thinks_better_of_a_skip_goes_on_where_they_were(at_work):
    fill_in(at_work, "Fine 0")
    at_work.keyboard.press("Alt+s")
    expect(at_work.get_by_text("Wrong pictures")).to_be_visible()
    at_work.keyboard.press("Escape")

    expect(at_work.locator('[data-variable="note"]')).to_be_focused()
    at_work.keyboard.press("Control+Enter")
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-1")
    assert not Answer.objects.filter(state="skipped").exists()
