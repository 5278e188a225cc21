"""Completions of a text field: whose texts come, in which order, what they cost, and the keys."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import AnswerValue
from annotator.annotation.queries import completions
from annotator.datasets.actions import create_sample, set_value
from annotator.datasets.models import Origin
from tests.annotation.conftest import acknowledged, sign_in
from tests.factories import make_dataset, make_image, make_member, make_sample, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def note():
    return make_variable(
        dataset=make_dataset(review_percent=100), name="note", type="string", max_length=400
    )


@pytest.fixture
def member(note):
    return make_member(Role.ANNOTATOR, workspace=note.dataset.workspace)


def accept(note, text, *, times=1):
    for _ in range(times):
        set_value(make_sample(dataset=note.dataset), note, text, origin=Origin.IMPORTED, by=None)


def answer(note, text, *, member):
    """Submitted, and not accepted."""
    made = open_answer(make_sample(dataset=note.dataset), by=member.user)
    submit(made, {note: text}, by=member.user)


def make_parts(dataset, name, kind, item_schema):
    return make_variable(dataset=dataset, name=name, type=kind, item_schema=item_schema)


def test_ones_own_come_first_then_the_accepted_ones_most_used_first(note, member):
    accept(note, "White border", times=2)
    accept(note, "White back", times=3)
    accept(note, "whitish edge")
    accept(note, "A white one")
    answer(note, "White corners", member=member)

    assert completions(member, note, "whit") == [
        "White corners",
        "White back",
        "White border",
        "whitish edge",
    ]


def test_another_persons_text_comes_once_it_is_accepted(note, member):
    other = make_member(Role.ANNOTATOR, workspace=note.dataset.workspace)
    answer(note, "White corners", member=other)
    assert completions(member, note, "white") == []

    accept(note, "White corners")

    assert completions(member, note, "white") == ["White corners"]


@pytest.mark.parametrize("typed", ["", "W", "white border", "50%", "\x00\x00", "w" * 500])
def test_what_completes_nothing(note, member, typed):
    accept(note, "white border")
    accept(note, "50 percent")

    assert completions(member, note, typed) == []


def test_a_text_that_is_chosen_and_not_written_is_not_completed(note, member):
    grade = make_variable(dataset=note.dataset, name="grade", type="string", choices=["good"])
    accept(grade, "good")

    assert completions(member, grade, "go") == []


def test_entries_of_lists_and_members_of_objects_are_completed_each_on_their_own(
    client, note, member
):
    city = {"name": "city", "type": "string"}
    kept = {"name": "state", "type": "string", "choices": ["White"]}
    flaws = make_parts(note.dataset, "flaws", "array", {"type": "string"})
    seller = make_parts(note.dataset, "seller", "object", [city, kept])
    lots = make_parts(note.dataset, "lots", "array", {"type": "object", "item_schema": [city]})
    accept(flaws, ["white edge", "white spot"])
    accept(flaws, ["white spot"])
    accept(seller, {"city": "Whitby", "state": "White"})
    answer(lots, [{"city": "Whitby"}, {"city": "Whitehaven"}], member=member)
    client.force_login(member.user)

    def offered(variable, part):
        address = reverse("annotation:complete", args=[variable.pk])
        return client.get(address, {"q": "whi", "part": part}).json()["texts"]

    assert offered(flaws, "") == ["white spot", "white edge"]
    assert offered(seller, "city") == ["Whitby"]
    assert offered(lots, "city") == ["Whitby", "Whitehaven"]
    assert [offered(seller, part) for part in ("", "state", "none", "city.x")] == [[]] * 4


def test_more_texts_cost_no_more_queries_and_five_come_at_the_most(client, note, member):
    client.force_login(member.user)
    address = reverse("annotation:complete", args=[note.pk])

    def cost():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address, {"q": "wh"})
        return len(queries), response.json()["texts"]

    few, none = cost()
    for number in range(8):
        accept(note, f"white {number}")
        answer(note, f"White {number}", member=member)
    many, five = cost()

    assert many == few
    assert (len(none), len(five)) == (0, 5)


def test_an_outsider_gets_none(client, note):
    client.force_login(make_member(Role.ADMIN).user)

    response = client.get(reverse("annotation:complete", args=[note.pk]), {"q": "white"})

    assert response.status_code == 404


@pytest.fixture
def written_before(note):
    """(flaws, lots): a list and a list of objects, with a text in each and three in the note."""
    accept(note, "White border", times=2)
    accept(note, "White back")
    flaws = make_parts(note.dataset, "flaws", "array", {"type": "string"})
    accept(flaws, ["white edge"])
    city = {"name": "city", "type": "string"}
    lots = make_parts(note.dataset, "lots", "array", {"type": "object", "item_schema": [city]})
    accept(lots, [{"city": "Whitby"}])
    return flaws, lots


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_arrows_choose_enter_takes_and_what_is_not_chosen_is_not_taken(
    live_server, page, note, member, written_before
):
    flaws, lots = written_before
    for number in range(2):
        images = [make_image(note.dataset.workspace, seed=number)]
        create_sample(note.dataset, by=None, name=f"card-{number}", images=images)
    sign_in(page, live_server, member)
    page.goto(f"{live_server.url}{reverse('annotation:next', args=[note.dataset.pk])}")
    box, options = page.locator(f"[name='v-{note.pk}']"), page.get_by_role("option")

    box.press_sequentially("whit")
    expect(options).to_have_text(["White border", "White back"])
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_be_focused()
    box.blur()
    box.press_sequentially("e")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value("White back")
    expect(options).to_have_count(0)
    page.locator(f"[name='v-{flaws.pk}']").press_sequentially("bent\nwhi")
    expect(options).to_have_text(["white edge"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.locator(f"[name='v-{lots.pk}.0.city']").press_sequentially("whi")
    expect(options).to_have_text(["Whitby"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    acknowledged(page)

    values = dict(AnswerValue.objects.values_list("variable__name", "value"))
    assert values["note"] == "White back"
    assert values["flaws"] == ["bent", "white edge"]
    assert values["lots"] == [{"city": "Whitby"}]
