"""A table of objects grows while it is written in, and is sent as it looks."""

import pytest

from annotator.variables import answer_form
from tests.ui.browser_page import open_page
from tests.variables.strategies import ROW, spec_of

pytestmark = pytest.mark.browser


def open_form(page, spec, **kwargs):
    form = answer_form({"key": spec}, **kwargs)
    open_page(page, f"<form>{form}</form>", modules=["rows.js"])


def test_writing_in_the_last_row_adds_a_blank_one_that_is_sent_too(page):
    spec = spec_of("array", item_schema=ROW)
    open_form(page, spec, initial={"key": [{"what": "a", "kind": "b"}]})

    page.get_by_label("what, row 4").fill("second")
    page.get_by_label("what, row 5").fill("third")

    assert page.locator("tbody tr").count() == 6
    data = dict(page.evaluate("[...new FormData(document.forms[0])]"))
    form = answer_form({"key": spec}, data=data)
    assert form.is_valid(), form.errors
    assert form.values["key"] == [{"what": "a", "kind": "b"}, {"what": "second"}, {"what": "third"}]


def test_a_table_grows_no_further_than_the_list_may(page):
    open_form(page, spec_of("array", item_schema=ROW, max_length=2))

    page.locator("tbody tr").last.locator("input").first.fill("x")

    assert page.locator("tbody tr").count() == 2
