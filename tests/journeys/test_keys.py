"""No two actions of a page have the same key; what the overlay lists comes from the same attributes."""

from collections import defaultdict
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.journeys.addresses import address, names_of_pages
from tests.journeys.test_every_screen import looks
from tests.journeys.world import arguments, make_world

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Keys(HTMLParser):
    """The keys of a page's actions by group. A field's choices and a dialog have keys of their own: they
    count while the focus is there. The pictures' tools and everything else share one group.
    """

    def __init__(self):
        super().__init__()
        self.open, self.keys = [], defaultdict(lambda: defaultdict(list))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        outer = self.open[-1][1] if self.open else ""
        group = outer
        if tag == "dialog" or tag == "fieldset" or "data-field" in attrs or tag == "details":
            group = attrs.get("id") or f"{tag} {self.getpos()}" if is_own(tag, attrs) else outer
        for key in (attrs.get("data-key") or "").split():
            own = outer if tag == "summary" else group
            self.keys[own][key].append(
                attrs.get("data-key-label") or attrs.get("aria-label") or tag
            )
        if tag not in VOID:
            self.open.append((tag, group))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    @property
    def clashes(self):
        return {
            key: labels
            for group in self.keys.values()
            for key, labels in group.items()
            if len(set(labels)) > 1 or len(labels) > 1
        }


def is_own(tag, attrs):
    return tag == "dialog" or "data-keys" in attrs or "data-field" in attrs


def clashes(html):
    page = Keys()
    page.feed(html)
    return page.clashes


@pytest.mark.django_db
def test_no_two_actions_of_a_page_have_the_same_key(fault_remote):
    world = make_world(fault_remote)
    at = arguments(world)
    client = Client()
    seen = {}

    for member in (world.admin, world.reviewer, world.annotator):
        client.force_login(member.user)
        for path in [address(name, at) for name in names_of_pages()] + looks(world):
            answer = client.get(path, follow=True)
            if answer["Content-Type"].startswith("text/html") and (twice := clashes(answer.text)):
                seen[path] = twice

    assert seen == {}


def test_a_clash_is_seen():
    page = '<div data-keys="Images"><button data-key="r" aria-label="Turn">'
    page += '</div><button data-key="r Alt+r" aria-label="Return">'
    choices = '<fieldset data-keys="A"><input data-key="1"></fieldset><summary data-key="1">Edit</summary>'

    assert clashes(page) == {"r": ["Turn", "Return"]}
    assert clashes(choices) == {}
