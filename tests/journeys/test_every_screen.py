"""Every page there is, in both themes: drawn without an error, as wide as a phone, clean for axe."""

import pytest
from django.conf import settings
from django.test import Client

from annotator.accounts.models import Role
from tests.axe import in_both_themes
from tests.factories import make_member
from tests.journeys.addresses import NOT_A_PAGE, address, names_of_pages
from tests.journeys.world import arguments, make_world

PHONE_WIDTH = 360  # pixels
ANONYMOUS = ["account_login", "account_reset_password", "account_reset_password_done"]


def looks(world):
    """What a page shows besides itself: filters, other states, the other people's view."""
    at = arguments(world)
    mirrored = {
        **at,
        "dataset_id": world.mirrored.pk,
        "sample_id": world.mirrored.samples.first().pk,
    }
    return [
        address("datasets:gallery", at) + "?state=approved&split=test&q=card",
        address("datasets:gallery", at) + "?q=nothing-is-called-so",
        address("datasets:gallery", mirrored),
        address("datasets:sample", mirrored),
        address("datasets:schema", mirrored),
        address("push:deliveries", at) + "?state=conflict",
        address("push:deliveries", at) + "?state=parked",
    ]


@pytest.mark.django_db
def test_every_address_is_a_page_or_is_said_not_to_be(fault_remote):
    world = make_world(fault_remote)
    client = Client()
    client.force_login(world.admin.user)
    at = arguments(world)

    odd = {}
    for name in names_of_pages():
        answer = client.get(address(name, at), follow=True)
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        if not is_page and answer.status_code != 405:
            odd[name] = (answer.status_code, answer["Content-Type"])

    assert odd == {}
    assert all(NOT_A_PAGE.values())


class Sweep:
    """A browser that goes from page to page and notes what is wrong with each, in `problems`."""

    def __init__(self, page, url):
        self.page, self.url, self.problems, self.complaints = page, url, {}, []
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def enter(self, user):
        """Go on as this person."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": self.url}]
        )

    def look(self, path, *, status=200):
        """Draw the page; the browser itself complains of every status above 399."""
        self.complaints.clear()
        answer = self.page.goto(self.url + path)
        wrong = problems_of(self.page) + (self.complaints[:] if status == 200 else [])
        if answer.status != status:
            wrong.append(f"status {answer.status}")
        if wrong:
            self.problems[path] = wrong


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_screen_fails_overflows_or_keeps_anybody_out(live_server, browser, fault_remote):
    world = make_world(fault_remote)
    at = arguments(world)
    paths = [address(name, at) for name in names_of_pages() if not is_posted_to(name, at, world)]
    context = browser.new_context(viewport={"width": PHONE_WIDTH, "height": 740})
    sweep = Sweep(context.new_page(), live_server.url)

    for name in ANONYMOUS:
        sweep.look(address(name, at))
    sweep.enter(world.admin.user)
    for path in [*paths, *looks(world)]:
        sweep.look(path)
    sweep.look("/nothing/is/here/", status=404)
    for member in (world.annotator, world.reviewer, make_member(Role.ADMIN)):
        sweep.enter(member.user)
        sweep.look("/")
    context.close()

    assert sweep.problems == {}


def is_posted_to(name, at, world):
    """Whether the address only takes what a form sends."""
    client = Client()
    client.force_login(world.admin.user)
    return client.get(address(name, at)).status_code == 405


def problems_of(page):
    """What is too wide for a phone, and what axe finds that keeps somebody out."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px wide"] * (width > PHONE_WIDTH) + in_both_themes(page)
