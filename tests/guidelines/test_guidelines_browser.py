"""The guidelines beside the form, in a real browser."""

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.guidelines.actions import save_guideline
from annotator.guidelines.models import Reading
from tests.annotation.conftest import sign_in
from tests.factories import make_dataset, make_member, make_sample, make_variable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_new_guidelines_open_by_themselves_once_and_by_key_afterwards(page, live_server):
    dataset = make_dataset()
    make_variable(dataset=dataset, name="grade", required=True)
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    anna = make_member(workspace=dataset.workspace)
    for number in range(3):
        make_sample(dataset=dataset, name=f"card-{number}")
    save_guideline(dataset, "# Corners\n\nLook at all four.", seen_version=0, by=admin.user)
    sign_in(page, live_server, anna)
    text = page.get_by_text("Look at all four.")

    page.goto(f"{live_server.url}/label/")
    expect(text).to_be_visible()
    expect(page.get_by_text("New", exact=True)).to_have_count(0)
    page.keyboard.press("Alt+g")
    expect(text).to_be_hidden()
    page.keyboard.type("7")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("card-1")
    expect(text).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    expect(text).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("card-1")
    expect(text).to_be_hidden()

    assert Reading.objects.filter(user=anna.user).count() == 1
