"""What may go wrong between the browser and the server while somebody types: nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Session
from annotator.annotation.models import AnswerRevision
from tests.annotation.test_browser import box, journal, saved, value_of
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_typed_without_a_connection_is_saved_when_it_is_back(at_work):
    note = box(at_work, "note")
    at_work.context.set_offline(True)
    note.fill("typed in a tunnel")
    expect(at_work.locator("#save-state")).to_have_text("Not saved: no connection")
    assert len(journal(at_work)) == 1

    at_work.context.set_offline(False)

    saved(at_work)
    assert value_of("note") == "typed in a tunnel"
    assert journal(at_work) == []


def test_a_page_that_died_gives_back_what_it_could_not_send(at_work, live_server):
    at_work.route("**/save/", lambda route: route.abort())
    box(at_work, "note").fill("almost lost")
    at_work.get_by_label("Good").check()
    expect(at_work.locator("#save-state")).to_have_text("Not saved: no connection")
    at_work.unroute("**/save/")
    again = at_work.context.new_page()
    at_work.close()

    again.goto(f"{live_server.url}/label/")

    expect(box(again, "note")).to_have_value("almost lost")
    expect(again.get_by_label("Good")).to_be_checked()
    saved(again)
    assert value_of("note") == "almost lost"
    assert value_of("condition") == "Good"
    assert journal(again) == []


def test_a_save_whose_answer_was_lost_is_one_revision(at_work):
    def lose(route):
        route.fetch()
        route.abort()

    at_work.route("**/save/", lose, times=1)
    box(at_work, "note").fill("sent once")
    expect(at_work.locator("#save-state")).to_have_text("Not saved: no connection")
    saved(at_work)

    assert value_of("note") == "sent once"
    assert AnswerRevision.objects.count() == 1


def test_when_the_session_ends_one_signs_in_in_place_and_all_is_saved(at_work):
    Session.objects.all().delete()
    box(at_work, "note").fill("typed while signed out")

    dialog = at_work.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    at_work.keyboard.type("wrong")
    at_work.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("not right")
    dialog.get_by_label("Password").fill(PASSWORD)
    at_work.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    saved(at_work)
    expect(box(at_work, "note")).to_have_value("typed while signed out")
    assert value_of("note") == "typed while signed out"


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "mine"), ("Take theirs", "theirs")])
def test_two_tabs_on_one_field_show_both_and_let_one_choose(at_work, live_server, choice, kept):
    other = at_work.context.new_page()
    other.goto(at_work.url)
    box(other, "note").fill("theirs")
    saved(other)
    expect(other.locator("[data-state=saved]")).to_have_count(1)

    box(at_work, "note").fill("mine")
    conflict = at_work.locator("[data-conflict]:visible")
    expect(conflict).to_contain_text("theirs")
    conflict.get_by_role("button", name=choice).click()

    expect(box(at_work, "note")).to_have_value(kept)
    saved(at_work)
    assert value_of("note") == kept
