"""The room in a real browser: inviting, joining, a token; by keyboard, and without JavaScript."""

import pytest

from annotator.accounts.models import Membership, Role
from tests.axe import of_pages
from tests.factories import PASSWORD, make_member, make_user, make_workspace

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada():
    user = make_user(username="ada", first_name="Ada", email="ada@example.com")
    return make_member(Role.ADMIN, workspace=make_workspace(name="Studio"), user=user)


def sign_in(page, url, path="/"):
    """As a person does it, by keyboard: the first field has the focus."""
    page.goto(f"{url}/account/login/?next={path}")
    page.locator("[name=login]:focus").wait_for()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url + path)


def test_an_invited_person_joins_with_the_link(live_server, page, browser, ada):
    sign_in(page, live_server.url, "/team/")
    page.locator("#invitations [name=role]").select_option("reviewer")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Invitation link").input_value()

    newcomer = browser.new_page()
    newcomer.goto(link)
    newcomer.get_by_label("User name").fill("ben")
    newcomer.get_by_label("Password").fill("plain-mango-river")
    newcomer.get_by_role("button", name="Create the account and join").click()
    newcomer.wait_for_url(live_server.url + "/")
    newcomer.close()

    assert Membership.objects.get(user__username="ben").role == Role.REVIEWER


def test_a_new_token_can_be_copied(live_server, page, ada):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live_server.url, "/tokens/")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make a token").click()
    plain = page.get_by_label("New API token").input_value()

    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()

    assert len(plain) == 40
    assert page.evaluate("navigator.clipboard.readText()") == plain


def test_everything_works_without_javascript(live_server, browser, ada):
    ben = make_member(Role.ANNOTATOR, workspace=ada.workspace, user=make_user(username="ben"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, "/team/")

    page.get_by_label("Role of ben", exact=True).select_option("reviewer")
    page.get_by_role("button", name="Save the role of ben").click()
    page.get_by_text("ben is reviewer now.").wait_for()
    page.locator(f"#member-{ben.pk} summary", has_text="Remove").click()
    page.locator(f"#member-{ben.pk}").get_by_role("button", name="Remove").click()
    page.get_by_text("ben is no longer in the workspace.").wait_for()
    page.goto(live_server.url + "/tokens/")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make a token").click()
    plain = page.get_by_label("New API token").input_value()
    context.close()

    assert len(plain) == 40
    assert not Membership.objects.filter(pk=ben.pk).exists()


def test_axe_finds_nothing_serious_on_any_page(live_server, page, ada):
    make_member(Role.ANNOTATOR, workspace=ada.workspace)
    outside = ("/account/login/", "/account/password/reset/", "/join/nothing/")
    inside = ("/team/", "/tokens/", "/audit/", "/account/", "/workspace/new/")

    assert of_pages(page, [live_server.url + path for path in outside]) == {}
    sign_in(page, live_server.url)
    assert of_pages(page, [live_server.url + path for path in inside]) == {}
