"""From one sample to the next in a real browser: what is sent, what is shown before the server responds."""

import pytest
from playwright.sync_api import expect

from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.models import Sample, Variable
from tests.annotation.conftest import acknowledged

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill_in(page, note):
    """Choice, yes or no, number, text."""
    page.keyboard.press("2")
    page.keyboard.press("y")
    page.keyboard.type("8.5")
    page.keyboard.press("Tab")
    page.keyboard.type(note)


def shows(page, name):
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def sent_by(page):
    """The last words of the addresses of the room that the page asks from now on."""
    asked = []

    def note(request):
        if "/label/" in request.url:
            asked.append(request.url.rstrip("/").rpartition("/")[2])

    page.on("request", note)
    return asked


def released(page, waiting):
    """Let the request that is held back go on, once the page has sent it."""
    for _ in range(100):
        if waiting:
            break
        page.wait_for_timeout(50)
    waiting[0].continue_()


def test_who_types_and_pauses_makes_one_save_and_one_submit(at_hand):
    asked = sent_by(at_hand)

    for number in range(3):
        shows(at_hand, f"card-{number}")
        fill_in(at_hand, "Fine")
        expect(at_hand.locator("#save-state")).to_have_text("Saved")
        expect(at_hand.locator("[data-state=saved]")).to_have_count(4)
        at_hand.keyboard.press("Control+Enter")
        acknowledged(at_hand)

    completed = [each for each in asked if each.startswith("?part=&q=")]
    assert [each for each in asked if each not in completed] == ["save", "submit"] * 3
    assert completed == ["?part=&q=Fine"] * 3  # in the pause, and no more often
    assert Answer.objects.filter(state="submitted").count() == 3


def test_who_submits_at_once_makes_one_request(at_hand):
    asked = sent_by(at_hand)

    for number in range(3):
        shows(at_hand, f"card-{number}")
        fill_in(at_hand, "Fine")
        at_hand.keyboard.press("Control+Enter")
        acknowledged(at_hand)
    at_hand.wait_for_timeout(1500)  # longer than a save would wait

    assert asked == ["submit"] * 3
    assert AnswerValue.objects.filter(value="Fine").count() == 3


def hold_back(page, action):
    """Respond to this address as a distant server does; a list that lets it go."""
    waiting = []
    page.route(f"**/{action}/", lambda route: waiting.append(route))
    return waiting


def test_the_next_sample_can_be_typed_in_before_the_server_has_responded(at_hand):
    waiting = hold_back(at_hand, "submit")
    fill_in(at_hand, "Fine 0")
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    at_hand.keyboard.press("1")
    expect(at_hand.get_by_label("Mint")).to_be_checked()
    assert not Answer.objects.filter(state="submitted").exists()

    released(at_hand, waiting)

    acknowledged(at_hand)
    shows(at_hand, "card-1")
    expect(at_hand.get_by_label("Mint")).to_be_checked()
    assert Answer.objects.filter(state="submitted").count() == 1


def test_a_refused_sample_comes_back_with_its_text_and_the_next_one_keeps_its_own(at_hand):
    Variable.objects.filter(name="note").update(max_length=3)  # since the page was opened
    waiting = hold_back(at_hand, "submit")
    fill_in(at_hand, "too long")
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    at_hand.keyboard.press("1")
    released(at_hand, waiting)

    shows(at_hand, "card-0")
    expect(at_hand.get_by_text("Not submitted yet").first).to_be_visible()
    note = at_hand.locator('[data-variable="note"]')
    expect(note).to_have_value("too long")
    expect(note).to_be_focused()
    note.fill("ok")
    at_hand.unroute("**/submit/")
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    acknowledged(at_hand)
    expect(at_hand.get_by_label("Mint")).to_be_checked()
    assert AnswerValue.objects.filter(answer__state="submitted", value="ok").count() == 1


def test_without_a_connection_the_sample_comes_back_and_is_saved_later(at_hand):
    fill_in(at_hand, "in a tunnel")
    at_hand.context.set_offline(True)
    at_hand.keyboard.press("Control+Enter")

    no_connection = at_hand.get_by_text("There is no connection.")
    expect(no_connection).to_be_visible()
    shows(at_hand, "card-0")
    expect(at_hand.locator('[data-variable="note"]')).to_have_value("in a tunnel")
    at_hand.context.set_offline(False)
    expect(at_hand.locator("[data-state=saved]")).to_have_count(4)
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    acknowledged(at_hand)
    expect(no_connection).to_have_count(0)
    assert (
        Answer.objects.get(state="submitted").values.get(variable__name="note").value
        == "in a tunnel"
    )


def test_a_save_whose_response_was_lost_is_no_conflict_for_the_submit(at_hand):
    def lose(route):
        route.fetch()
        route.abort()

    at_hand.route("**/save/", lose, times=1)
    fill_in(at_hand, "first")
    expect(at_hand.locator("#save-state")).to_have_text("Not saved: no connection")
    at_hand.keyboard.type(" and second")
    at_hand.keyboard.press("Control+Enter")

    shows(at_hand, "card-1")
    acknowledged(at_hand)
    shows(at_hand, "card-1")
    assert AnswerValue.objects.get(variable__name="note").value == "first and second"


def test_undo_shows_the_sample_at_once_and_the_one_left_stays_at_hand(at_hand):
    fill_in(at_hand, "Fine")
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    acknowledged(at_hand)
    waiting = hold_back(at_hand, "undo")
    at_hand.keyboard.press("Escape")
    at_hand.keyboard.press("Backspace")
    shows(at_hand, "card-0")
    assert at_hand.locator("#work[inert]").count() == 1, "nothing can be typed until it is undone"
    released(at_hand, waiting)
    acknowledged(at_hand)
    asked = sent_by(at_hand)
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    acknowledged(at_hand)

    assert asked == ["submit"]
    assert Answer.objects.filter(state="submitted").count() == 1


def test_back_and_forward_show_what_is_kept_and_then_what_the_server_has(at_hand):
    fill_in(at_hand, "Fine")
    at_hand.keyboard.press("Control+Enter")
    shows(at_hand, "card-1")
    acknowledged(at_hand)
    at_hand.go_back()
    shows(at_hand, "card-0")
    expect(at_hand.get_by_text("You have submitted this")).to_be_visible()
    at_hand.go_forward()

    shows(at_hand, "card-1")
    acknowledged(at_hand)
    expect(at_hand.locator("[data-action=submit]")).to_be_enabled()


def test_leaving_releases_the_sample_at_hand_and_nothing_else(at_hand, member, live_server):
    held = set(Sample.objects.filter(lease_holder=member.user).values_list("name", flat=True))

    at_hand.goto(f"{live_server.url}/account/password/change/")
    for _ in range(50):
        if Sample.objects.filter(lease_holder=member.user).count() == 1:
            break
        at_hand.wait_for_timeout(100)

    assert held == {"card-0", "card-1"}
    assert Sample.objects.get(lease_holder=member.user).name == "card-0"
