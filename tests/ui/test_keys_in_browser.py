"""Keys press what carries them, and never swallow what somebody types."""

import pytest

from tests.ui.browser_page import clicked, open_page, remember_clicks

pytestmark = pytest.mark.browser

BODY = """
<button type="button" id="skip" data-key="s">Skip <kbd>S</kbd></button>
<button type="button" id="submit" data-key="Enter Ctrl+Enter"
        data-key-label="Submit and go on">Submit</button>
<button type="button" id="undo" data-key="Backspace">Undo</button>
<button type="button" id="off" data-key="x" disabled>Off</button>
<button type="button" id="gone" data-key="g" hidden>Gone</button>
<label>Note <textarea id="note"></textarea></label>
<fieldset data-keys="Condition" data-current>
  <label><input type="radio" name="mint" data-key="1">Mint</label>
  <label><input type="radio" name="poor" data-key="2">Poor</label>
</fieldset>
<fieldset data-keys="Surface">
  <label><input type="radio" id="clean" name="clean" data-key="1">Clean</label>
</fieldset>
"""


@pytest.fixture
def keys_page(page):
    open_page(page, BODY, modules=["keys.js", "keys-help.js"])
    remember_clicks(page)
    return page


@pytest.mark.parametrize(
    ("key", "pressed"),
    [
        ("s", ["skip"]),
        ("Enter", ["submit"]),
        ("Control+Enter", ["submit"]),
        ("Backspace", ["undo"]),
    ],
)
def test_a_key_presses_its_button(keys_page, key, pressed):
    keys_page.keyboard.press(key)

    assert clicked(keys_page) == pressed


@pytest.mark.parametrize("key", ["x", "g", "Control+s", "q"])
def test_disabled_hidden_and_foreign_keys_do_nothing(keys_page, key):
    keys_page.keyboard.press(key)

    assert clicked(keys_page) == []


def test_typing_is_typing(keys_page):
    keys_page.locator("#note").press_sequentially("is 1 scratch")
    keys_page.keyboard.press("Backspace")
    keys_page.keyboard.press("Enter")

    assert keys_page.locator("#note").input_value() == "is 1 scratc\n"
    assert clicked(keys_page) == []


def test_ctrl_enter_submits_out_of_a_text_and_escape_leaves_it(keys_page):
    keys_page.locator("#note").focus()

    keys_page.keyboard.press("Control+Enter")
    keys_page.keyboard.press("Escape")
    keys_page.keyboard.press("s")

    assert clicked(keys_page) == ["submit", "skip"]


def test_an_equal_key_goes_to_the_current_group_unless_the_focus_is_in_another(keys_page):
    keys_page.keyboard.press("1")
    keys_page.locator("#clean").focus()
    keys_page.keyboard.press("1")

    assert clicked(keys_page) == ["mint", "clean"]


def test_enter_on_a_focused_button_presses_that_button(keys_page):
    keys_page.locator("#skip").focus()

    keys_page.keyboard.press("Enter")

    assert clicked(keys_page) == ["skip"]


def test_the_overlay_lists_the_keys_of_the_page_and_closes(keys_page):
    keys_page.keyboard.press("?")

    overlay = keys_page.get_by_role("dialog", name="Keyboard shortcuts")
    assert overlay.get_by_text("Submit and go on").is_visible()
    assert overlay.get_by_role("heading", name="Condition").is_visible()
    assert "Gone" not in overlay.inner_text()

    keys_page.keyboard.press("Escape")
    assert overlay.count() == 0


def test_an_open_dialog_hides_the_keys_behind_it(keys_page):
    keys_page.keyboard.press("?")
    keys_page.keyboard.press("s")

    assert clicked(keys_page) == []


def test_a_closed_dialog_takes_no_key_although_it_still_has_the_focus(keys_page):
    keys_page.evaluate(
        """() => {
            const dialog = document.createElement("dialog");
            dialog.innerHTML = "<textarea></textarea>";
            document.body.append(dialog);
            dialog.showModal();
            dialog.close(); // the page isn't painted before the key comes
            const typed = dialog.querySelector("textarea");
            typed.dispatchEvent(new KeyboardEvent("keydown", { key: "s", code: "KeyS", bubbles: true }));
        }"""
    )

    assert clicked(keys_page) == ["skip"]


def test_single_keys_can_be_switched_off(keys_page):
    keys_page.keyboard.press("?")
    keys_page.evaluate("localStorage.setItem('single-keys', 'off')")
    keys_page.keyboard.press("Escape")
    keys_page.keyboard.press("s")
    keys_page.keyboard.press("Control+Enter")

    assert clicked(keys_page) == ["submit"]


def test_screen_readers_hear_the_keys(keys_page):
    keys = keys_page.locator("#submit").get_attribute("aria-keyshortcuts")

    assert keys == "Enter Control+Enter"


PRESS = """([key, code]) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""


@pytest.mark.parametrize(
    ("key", "code", "pressed"),
    [
        ("ы", "KeyS", ["skip"]),  # Russian
        ("σ", "KeyS", ["skip"]),  # Greek
        ("é", "Digit2", ["poor"]),  # French, AZERTY
        ("s", "KeyS", ["skip"]),
        ("s", "Semicolon", ["skip"]),  # Dvorak: what it types counts
        ("o", "KeyS", []),  # Dvorak: not where it is
        ("ы", "Quote", []),
    ],
)
def test_a_key_counts_by_its_letter_or_else_by_its_place(keys_page, key, code, pressed):
    keys_page.evaluate(PRESS, [key, code])

    assert clicked(keys_page) == pressed


def test_a_question_mark_in_a_number_shows_the_keys_and_in_a_text_is_typed(page):
    body = '<input id="number" data-step="0.5"><textarea id="text"></textarea>'
    open_page(page, body, modules=["keys.js", "keys-help.js"])

    page.locator("#text").press_sequentially("a?")
    page.locator("#number").press_sequentially("8?")

    assert page.locator("#text").input_value() == "a?"
    assert page.locator("#number").input_value() == "8"
    assert page.locator("dialog.keys-help").is_visible()
