"""Much at once: megabytes pasted into a field, a thousand steps back and forth."""

import pytest
from playwright.sync_api import expect

from tests.annotation.test_browser import box, saved, value_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTED = 5_000_000  # characters


def paste(page, text):
    """Put the text where the focus is, by the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


@pytest.mark.parametrize(
    ("name", "limit", "mended"), [("note", "400", "creased"), ("flaws", "100,000", ["creased"])]
)
def test_pasted_megabytes_are_refused_with_their_limit_and_all_else_goes_on(
    at_work, name, limit, mended
):
    box(at_work, name).focus()
    paste(at_work, "x" * PASTED)
    box(at_work, "grade").fill("9")
    expect(at_work.locator("[data-error]:visible")).to_contain_text(f"Shorten to {limit} char")
    expect(at_work.locator("#save-state")).to_have_text("Not saved")
    expect(at_work.locator("[data-state=saved]")).to_have_count(1)
    assert value_of("grade") == 9.0

    box(at_work, name).fill("creased")

    saved(at_work)
    assert value_of(name) == mended


def test_a_thousand_steps_back_and_forth_lose_nothing_and_are_saved_together(at_work):
    sent = []
    at_work.on("request", lambda request: sent.append(request.url))
    box(at_work, "note").focus()
    at_work.keyboard.type("scratched at the left edge")
    shorter = at_work.evaluate(
        """() => {
             let shorter = 0;
             const { value } = document.activeElement;
             for (let step = 0; step < 1000; step += 1) {
               document.execCommand("undo");
               shorter += document.activeElement.value.length < value.length;
               document.execCommand("redo");
             }
             return shorter;
           }"""
    )

    saved(at_work)
    assert shorter == 1000
    assert value_of("note") == "scratched at the left edge"
    assert len([url for url in sent if url.endswith("/save/")]) < 10
