"""Three people, a reviewer and an admin, each in a browser: from the first shared sample to the figures."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation.models import Answer, GoldPause, GoldResult
from annotator.datasets.actions import create_sample
from annotator.datasets.models import Sample, VariableValue
from tests.annotation.conftest import acknowledged
from tests.annotation.conftest import sign_in as sign_in_by_cookie
from tests.factories import make_image, make_member, make_user, make_workspace
from tests.review.rows import make_cards

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = {"ana": Role.ANNOTATOR, "ben": Role.ANNOTATOR, "cem": Role.ANNOTATOR}
PEOPLE |= {"grace": Role.REVIEWER, "ada": Role.ADMIN}


@pytest.fixture
def dataset():
    return make_cards(workspace=make_workspace(name="Studio"))


def make_card(dataset, number):
    picture = make_image(dataset.workspace)
    return create_sample(dataset, by=None, name=f"card-{number}", images=[picture])


@pytest.fixture
def members(dataset):
    users = {
        name: make_user(username=name, first_name=name.title(), last_name="Example")
        for name in PEOPLE
    }
    return {
        name: make_member(role, workspace=dataset.workspace, user=users[name])
        for name, role in PEOPLE.items()
    }


class Person:
    """One person's browser."""

    def __init__(self, page, url, dataset):
        self.page, self.url, self.dataset = page, url, dataset
        self.heading = page.get_by_role("heading", level=1)

    def goes_to(self, name, *args, query=""):
        self.page.goto(self.url + reverse(name, args=args) + query)

    def labels(self, **grades):
        """Answers what comes, in whichever order, until nothing is left or somebody stops them."""
        self.goes_to("annotation:next", self.dataset.pk)
        if (go_on := self.page.get_by_role("button", name="Go on")).is_visible():
            go_on.click()
        while (card := self._next_card()) is not None:
            self.page.get_by_role("textbox", name="grade").fill(str(grades[card.replace("-", "_")]))
            self.page.keyboard.press("Control+Enter")
            expect(self.heading).not_to_have_text(card)
            acknowledged(self.page)

    def _next_card(self):
        at_rest = self.page.locator("#work:not([data-busy]), #h-standing")
        expect(at_rest.or_(self.page.get_by_text("Nothing left to label")).first).to_be_visible()
        name = self.heading.inner_text()
        return name if name.startswith("card-") else None


@pytest.fixture
def people(browser, live_server, members, dataset):
    """By name the browser of each, signed in."""
    contexts = {
        name: browser.new_context(viewport={"width": 1366, "height": 768}) for name in members
    }
    people = {}
    for name, context in contexts.items():
        page = context.new_page()
        page.set_default_timeout(20_000)
        sign_in_by_cookie(page, live_server, members[name])
        people[name] = Person(page, live_server.url, dataset)
    yield people
    for context in contexts.values():
        context.close()


def test_overlap_dispute_gold_assignment_and_figures(dataset, people, members):
    make_card(dataset, 1)
    make_card(dataset, 2)
    ask_two_people(people["ada"])
    people["ana"].labels(card_1=7.25, card_2=5)
    sees_no_answer_of_another(people["ben"])
    people["ben"].labels(card_1=9, card_2=5)

    decide_one_and_ask_one_more(people["grace"])
    assert VariableValue.objects.get(variable__name="grade").value == 9

    mark_as_gold_and_test_people(people["ada"])
    cards = [make_card(dataset, number) for number in (3, 4)]
    cem = people["cem"]
    cem.labels(card_1=2, card_2=5, card_3=6, card_4=6)
    expect(cem.page.get_by_text("Let's pause here: 0 of your 1 checked values")).to_be_visible()
    assert GoldPause.objects.get().user == members["cem"].user
    let_go_on(people["ada"])
    cem.labels(card_2=5, card_3=6, card_4=6)
    expect(cem.page.get_by_text("Nothing left to label")).to_be_visible()
    assert Answer.objects.filter(sample__name="card-2").count() == 3
    assert GoldResult.objects.filter(is_right=False).count() == 1

    cards.append(make_card(dataset, 5))
    assign_what_has_no_grade_to_ana(people["grace"])
    takes_what_is_for_her(people["ana"])
    assert Answer.objects.filter(sample__in=cards).count() == 5
    shows_figures_that_are_right(people["grace"])


def ask_two_people(admin):
    admin.goes_to("annotation:asking", admin.dataset.pk)
    admin.page.get_by_label("People who answer a sample").fill("2")
    admin.page.get_by_role("button", name="Save").click()
    expect(admin.page.get_by_text("Saved.")).to_be_visible()


def sees_no_answer_of_another(person):
    """Neither where they label nor where they look."""
    for name, pk in (
        ("datasets:gallery", person.dataset.pk),
        *(("datasets:sample", each.pk) for each in Sample.objects.all()),
        *(("annotation:sample", each.pk) for each in Sample.objects.all()),
    ):
        person.goes_to(name, pk)
        assert "7.25" not in person.page.content()


def decide_one_and_ask_one_more(reviewer):
    """Ana says 7.25, Ben 9: Ben's is taken by its key. Of the other card one more person is asked."""
    page = reviewer.page
    page.goto(f"{reviewer.url}/review/")
    expect(reviewer.heading).to_have_text("card-1")
    acknowledged(page)
    expect(page.get_by_text("2 people answered")).to_be_visible()
    expect(page.get_by_text("Ana Example").first).to_be_visible()
    expect(page.get_by_text("Ben Example").first).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("1")
    expect(page.locator("#rendered").get_by_text('"grade": 9')).to_be_visible()
    page.keyboard.press("Enter")
    expect(reviewer.heading).to_have_text("card-2")
    acknowledged(page)
    expect(page.get_by_text("They agree in all")).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_text("Nothing is left for you to review")).to_be_visible()


def mark_as_gold_and_test_people(admin):
    """What was just accepted is gold; every second answer is to it, and one wrong answer is too many."""
    page = admin.page
    admin.goes_to("datasets:gallery", admin.dataset.pk, query="?state=approved")
    page.get_by_label("Pick card-1").check()
    page.get_by_role("button", name="Mark as gold").click()
    expect(page.get_by_text("1 marked as gold")).to_be_visible()
    admin.goes_to("gold:settings", admin.dataset.pk)
    page.get_by_label("One answer in so many is to a gold sample").fill("2")
    page.get_by_label("Pause who gives fewer right values than, percent").fill("60")
    page.get_by_label("After so many gold samples at least").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def let_go_on(admin):
    """From the notification to the button."""
    page = admin.page
    page.goto(f"{admin.url}/notifications/")
    page.get_by_role("button", name="Cem Example is paused in Cards").click()
    page.get_by_role("button", name="Let go on").click()
    expect(page.get_by_text("Cem Example can go on.")).to_be_visible()


def assign_what_has_no_grade_to_ana(reviewer):
    page = reviewer.page
    reviewer.goes_to("datasets:gallery", reviewer.dataset.pk, query="?v.grade.is=missing&q=card")
    page.get_by_text("in this filter").click()
    page.get_by_role("button", name="Assign all…").click()
    page.get_by_label("Ana Example", exact=True).check()
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("Done")).to_be_visible()


def takes_what_is_for_her(person):
    person.goes_to("annotation:next", person.dataset.pk)
    expect(person.heading).to_have_text(re.compile("card-[345]"))
    expect(person.page.get_by_text("3 for you")).to_be_visible()
    person.labels(card_3=4, card_4=4, card_5=4)


def shows_figures_that_are_right(reviewer):
    """Of four samples with several answers people agree in one; Cem answered gold among his four."""
    page = reviewer.page
    reviewer.goes_to("figures:agreement", reviewer.dataset.pk)
    expect(page.get_by_text("4 samples that several people answered")).to_be_visible()
    pair = page.get_by_role("row", name="Ana Example and Ben Example")
    expect(pair.get_by_role("cell").first).to_have_text("2")
    page.get_by_role("link", name="differ").first.click()
    expect(page.get_by_text("3 samples in which people differ")).to_be_visible()
    expect(page.get_by_role("row", name="card-1")).to_contain_text("7.25")
    reviewer.goes_to("figures:progress", reviewer.dataset.pk)
    table = page.locator("section[aria-labelledby=h-people]")
    for name, submitted in {"Ana": 5, "Ben": 2, "Cem": 4}.items():
        row = table.get_by_role("row", name=f"{name} Example")
        expect(row.get_by_role("cell").first).to_have_text(str(submitted))
    grade = page.locator("section[aria-labelledby=h-variables]").get_by_role("row", name="grade")
    expect(grade.get_by_role("cell").last).to_have_text("too few")
