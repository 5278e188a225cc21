"""Labeling in a real browser: by keyboard alone, and through everything that may go wrong meanwhile."""

import pytest
from playwright.sync_api import expect

from annotator.annotation.models import Answer, AnswerValue
from annotator.datasets.models import Sample
from tests.annotation.conftest import acknowledged, sign_in
from tests.axe import in_both_themes
from tests.factories import make_member, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def box(page, name):
    """The input of a variable."""
    return page.locator(f'[data-variable="{name}"]')


def saved(page):
    """Wait until the server has everything: the journal is empty, and the page says so."""
    for _ in range(100):
        if not journal(page):
            break
        page.wait_for_timeout(50)
    expect(page.locator("#save-state")).to_have_text("Saved")


def value_of(name):
    return AnswerValue.objects.get(variable__name=name).value


def journal(page):
    """The values that wait in the browser's journal."""
    return page.evaluate(
        "Object.entries(localStorage).filter(([key]) => key.startsWith('journal:'))"
    )


def label_one(page, number):
    """Six keys and a word: choice, yes or no, number, text, and on."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"card-{number}")
    page.keyboard.press("2")
    page.keyboard.press("y")
    page.keyboard.type("8.5")
    page.keyboard.press("Tab")
    page.keyboard.type(f"Fine {number}")
    page.keyboard.press("Control+Enter")


def test_five_samples_are_labelled_by_keyboard_alone(at_work, member):
    for number in range(5):
        label_one(at_work, number)
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-5")
    expect(at_work.locator(".work-progress")).to_contain_text("5 of 6")

    acknowledged(at_work)
    answers = Answer.objects.filter(author=member.user, state="submitted")
    assert answers.count() == 5
    for number, answer in enumerate(answers.order_by("sample__created_at")):
        values = {row.variable.name: row.value for row in answer.values.all()}
        assert values["condition"] == "Good"
        assert values["authentic"] is True
        assert (values["grade"], values["note"], values["year"]) == (8.5, f"Fine {number}", 2024)
    assert Sample.objects.get(name="card-5").lease_holder == member.user


def test_the_trained_text_follows_each_key(at_work):
    at_work.keyboard.press("1")
    expect(at_work.locator("#rendered")).to_contain_text('"condition": "Mint"')
    at_work.keyboard.press("n")
    at_work.keyboard.type("7")

    expect(at_work.locator("#rendered")).to_contain_text('"grade": 7.0, "authentic": false')
    expect(at_work.locator("#rendered-state")).to_have_text("Reads back")


def test_an_error_waits_until_its_field_is_left_and_goes_when_it_is_mended(at_work):
    grade = box(at_work, "grade")
    error = at_work.locator('[data-keys="grade"] [data-error]')
    grade.fill("12")
    at_work.wait_for_timeout(600)
    expect(error).to_be_hidden()
    at_work.keyboard.press("Tab")
    expect(error).to_have_text("Give 10 or less.")
    expect(at_work.locator("#save-state")).to_have_text("Not saved")

    grade.fill("10")

    expect(error).to_be_hidden()
    saved(at_work)
    assert value_of("grade") == 10.0


def test_arrows_step_a_number_within_its_limits(at_work):
    grade = box(at_work, "grade")
    grade.fill("9.5")
    for _ in range(3):
        grade.press("ArrowUp")
    expect(grade).to_have_value("10.0")
    grade.press("ArrowDown")

    expect(grade).to_have_value("9.5")


def test_what_is_refused_is_shown_at_once_with_the_focus_on_it(at_work):
    at_work.keyboard.press("2")
    at_work.keyboard.press("Escape")
    at_work.keyboard.press("Enter")

    expect(at_work.get_by_role("alert").first).to_contain_text("authentic, grade")
    expect(at_work.locator(":focus")).to_have_attribute("type", "radio")
    expect(at_work.get_by_label("Good")).to_be_checked()


def test_a_slip_is_undone_and_a_sample_skipped_by_key(at_work):
    at_work.keyboard.press("s")
    at_work.keyboard.press("1")
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-1")
    acknowledged(at_work)
    assert Answer.objects.get().skip_reason == "Picture can't be judged"

    at_work.keyboard.press("Backspace")

    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-0")
    acknowledged(at_work)
    assert Answer.objects.get().state == Answer.State.DRAFT


def test_u_marks_a_field_unsure_and_leaves_the_focus_where_it_was(at_work):
    at_work.keyboard.press("2")
    at_work.keyboard.press("u")
    expect(at_work.get_by_label("Not sure of authentic")).to_be_checked()
    at_work.keyboard.press("y")
    saved(at_work)

    assert AnswerValue.objects.get(variable__name="authentic").unsure


def test_the_next_sample_is_at_hand_before_it_is_asked_for(at_work):
    with at_work.expect_response("**/ahead/**"):
        at_work.reload()
    asked = []
    at_work.on("request", lambda request: asked.append(request.url))
    label_one(at_work, 0)
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-1")
    acknowledged(at_work)

    others = ("/submit/", "/complete/")  # a text that is typed slowly is completed
    assert [url for url in asked if "/label/" in url and not any(o in url for o in others)] == []
    assert "/sample/" in at_work.url
    at_work.go_back()
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-0")
    expect(at_work.get_by_text("You have submitted this")).to_be_visible()


def test_a_colleague_who_has_it_open_is_named(at_work, live_server, browser, dataset):
    colleague = make_member(workspace=dataset.workspace, user=make_user(username="kay"))
    context = browser.new_context()
    page = context.new_page()
    expect(at_work.locator("[data-held-notice]")).to_be_hidden()
    at_work.wait_for_timeout(300)
    sign_in(page, live_server, colleague)
    page.goto(at_work.url)

    expect(page.get_by_text("ada has this sample open")).to_be_visible()
    page.get_by_role("button", name="Next sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("card-2")  # ada has card-1 at hand
    context.close()


def test_everything_works_without_javascript(live_server, browser, member):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, member)
    page.goto(f"{live_server.url}/label/")
    page.get_by_label("Good").check()
    box(page, "note").fill("by hand")
    page.get_by_role("button", name="Save draft").click()
    expect(box(page, "note")).to_have_value("by hand")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").first).to_contain_text("authentic, grade")
    page.get_by_label("Yes", exact=False).first.check()
    box(page, "grade").fill("9")
    page.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("card-1")
    assert Answer.objects.get(state="submitted").values.get(variable__name="grade").value == 9.0
    context.close()


@pytest.mark.parametrize("width", [1366, 360])
def test_axe_finds_nothing_serious_in_either_theme(at_work, width):
    at_work.set_viewport_size({"width": width, "height": 768})
    box(at_work, "grade").fill("12")
    at_work.keyboard.press("Tab")
    expect(at_work.get_by_text("Give 10 or less.").first).to_be_visible()

    assert in_both_themes(at_work) == []


def test_tab_leads_from_the_last_field_to_submit_and_ctrl_enter_submits_from_anywhere(at_work):
    at_work.keyboard.press("2")
    at_work.keyboard.press("y")
    at_work.keyboard.type("8.5")
    fields = at_work.locator("[data-answer] [data-field]")
    fields.last.locator("textarea").focus()

    at_work.keyboard.press("Tab")
    on_submit = at_work.evaluate("document.activeElement.dataset.action")
    at_work.locator("details.answer > summary").focus()
    at_work.keyboard.press("Control+Enter")

    assert on_submit == "submit"
    expect(at_work.get_by_role("heading", level=1)).to_have_text("card-1")


def test_a_question_mark_never_becomes_a_number(at_work):
    box(at_work, "grade").focus()

    at_work.keyboard.type("8?")

    expect(at_work.locator("dialog.keys-help")).to_be_visible()
    at_work.keyboard.press("Escape")
    expect(box(at_work, "grade")).to_have_value("8")
