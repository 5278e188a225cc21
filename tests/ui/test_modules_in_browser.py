"""The small modules: messages, menus, theme, picking rows, dropping files, counting characters."""

import pytest
from playwright.sync_api import expect

from tests.ui.browser_page import flash_region, open_page

pytestmark = pytest.mark.browser


def test_a_message_is_shown_once_and_can_be_closed(page):
    open_page(page, flash_region(), modules=["flash.js"])
    show = """async () => (await import("/static/js/flash.js")).showFlash("The server failed at this.")"""

    page.evaluate(show)
    page.evaluate(show)

    message = page.get_by_role("status").get_by_text("The server failed at this.")
    expect(message).to_have_count(1)
    page.get_by_role("button", name="Close").click()
    expect(message).to_have_count(0)


def test_a_401_is_shown_unless_the_page_asks_for_the_password_itself(page):
    dialog = '<dialog id="sign-in" data-url="/again/">Sign in again</dialog>'
    work = '<form id="work" data-user="ada"></form>'
    open_page(page, flash_region() + work + dialog, modules=["swap.js"])
    respond = """document.body.dispatchEvent(new CustomEvent("htmx:beforeSwap",
                 {bubbles: true, detail: {xhr: {status: 401}, elt: document.body}}))"""

    page.evaluate(respond)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("[data-flash]")).to_have_count(0)

    page.evaluate('document.getElementById("sign-in").remove()')
    page.evaluate(respond)
    expect(page.get_by_text("You were signed out.")).to_be_visible()


@pytest.mark.parametrize(("status", "is_shown"), [(422, True), (409, True), (500, False)])
def test_answers_that_a_person_must_read_are_swapped_in(page, status, is_shown):
    open_page(page, flash_region(), modules=["swap.js"])

    swapped = page.evaluate(
        """(status) => { const detail = {xhr: {status}, elt: document.body, shouldSwap: false};
        document.body.dispatchEvent(new CustomEvent("htmx:beforeSwap", {bubbles: true, detail}));
        return detail.shouldSwap; }""",
        status,
    )

    assert swapped is is_shown


def test_requests_carry_the_token_of_the_page(page):
    open_page(page, '<meta name="csrf-token" content="secret">', modules=["http.js"])

    headers = page.evaluate(
        """() => { const detail = {headers: {}};
        document.body.dispatchEvent(new CustomEvent("htmx:configRequest", {bubbles: true, detail}));
        return detail.headers; }"""
    )

    assert headers == {"X-CSRFToken": "secret"}


def test_escape_closes_a_menu_and_gives_the_focus_back(page):
    body = """<details class="menu" data-menu><summary class="btn">More</summary>
              <div class="menu-list"><a href="#x">Item</a></div></details>"""
    open_page(page, body, modules=["menu.js"])
    page.get_by_text("More").click()
    page.get_by_role("link", name="Item").focus()

    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Item")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "More"


def test_the_theme_changes_at_once_and_is_sent_to_be_kept(page):
    body = """<form method="post" action="/theme/" data-theme-form>
      <button name="theme" value="light" aria-pressed="true">Light</button>
      <button name="theme" value="dark" aria-pressed="false">Dark</button></form>"""
    open_page(page, body, modules=["theme.js"])

    with page.expect_request("**/theme/") as sent:
        page.get_by_role("button", name="Dark").click()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "dark" in sent.value.post_data
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


@pytest.fixture
def rows(page):
    boxes = "".join(f'<input type="checkbox" data-select aria-label="Row {n}">' for n in range(5))
    body = f"""<div data-selection>{boxes}<div class="selectbar">
      <input type="checkbox" data-select-all aria-label="All">
      <b data-selected-count>0</b></div></div>"""
    open_page(page, body, modules=["selection.js"])
    return page


def test_shift_click_picks_a_range(rows):
    rows.get_by_label("Row 1").click()
    rows.get_by_label("Row 3").click(modifiers=["Shift"])

    assert rows.locator("[data-select]:checked").count() == 3
    expect(rows.locator("[data-selected-count]")).to_have_text("3")
    assert rows.get_by_label("All").evaluate("box => box.indeterminate")


def test_all_rows_are_picked_and_dropped_together(rows):
    rows.get_by_label("All").check()
    expect(rows.locator("[data-selected-count]")).to_have_text("5")

    rows.get_by_label("All").uncheck()
    expect(rows.locator(".selectbar")).not_to_have_attribute("data-any", "")


def test_chosen_files_are_told_with_their_names(page):
    body = """<div class="drop" data-drop><input type="file" multiple aria-label="Pictures">
              <span data-drop-count></span></div>"""
    open_page(page, body, modules=["drop.js"])
    page.evaluate(
        """document.addEventListener("files:chosen",
           (event) => { window.paths = event.detail.files.map((each) => each.path); })"""
    )
    files = [{"name": name, "mimeType": "image/png", "buffer": b"x"} for name in ("a.png", "b.png")]

    page.get_by_label("Pictures").set_input_files(files)

    assert page.evaluate("window.paths") == ["a.png", "b.png"]
    expect(page.locator("[data-drop-count]")).to_have_text("2 files")


def test_dropped_files_are_added_to_the_input(page):
    body = '<div class="drop" data-drop><input type="file" multiple aria-label="Pictures"></div>'
    open_page(page, body, modules=["drop.js"])

    names = page.evaluate(
        """async () => { const data = new DataTransfer();
        const told = new Promise((done) => document.addEventListener("files:chosen", done));
        data.items.add(new File(["x"], "dropped.png", {type: "image/png"}));
        document.querySelector("[data-drop]").dispatchEvent(
          new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
        await told;
        return [...document.querySelector("input").files].map((file) => file.name); }"""
    )

    assert names == ["dropped.png"]


def test_the_counter_counts_characters_as_the_server_does(page):
    body = (
        '<span data-counter="text">at most 9</span><input id="text" maxlength="9" aria-label="T">'
    )
    open_page(page, body, modules=["counter.js"])

    page.get_by_label("T").fill("né 😀")

    expect(page.locator("[data-counter]")).to_have_text("4 / 9")
