"""An admin asks two people, both answer, a reviewer takes one's value and asks one more, all in a browser."""

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.annotation.models import Answer
from annotator.datasets.actions import add_images
from annotator.datasets.models import Sample, VariableValue
from tests.axe import in_both_themes
from tests.factories import PASSWORD, make_image, make_member, make_sample, make_user
from tests.review.rows import make_cards

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = {"ana": Role.ANNOTATOR, "ben": Role.ANNOTATOR, "cem": Role.ANNOTATOR}
PEOPLE |= {"grace": Role.REVIEWER, "ada": Role.ADMIN}


@pytest.fixture
def dataset():
    dataset = make_cards()
    for number in (1, 2):
        sample = make_sample(dataset=dataset, name=f"card-{number}")
        add_images(sample, [make_image(dataset.workspace)], by=None)
    for name, role in PEOPLE.items():
        user = make_user(username=name, first_name=name.title(), last_name="Example")
        make_member(role, workspace=dataset.workspace, user=user)
    return dataset


@pytest.fixture
def browser_of(browser, live_server):
    """Pages by who is signed in, each in a browser of its own."""
    contexts = []

    def sign_in(name, path):
        contexts.append(browser.new_context(viewport={"width": 1366, "height": 768}))
        page = contexts[-1].new_page()
        page.goto(f"{live_server.url}/account/login/?next={path}")
        page.locator("[name=login]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        return page

    yield sign_in
    for context in contexts:
        context.close()


def shows(page, name):
    page.get_by_role("heading", name=name, exact=True).wait_for()
    page.locator("#work:not([data-busy])").wait_for()
    page.wait_for_load_state()


def answer_both(page, **grades):
    """Both cards in whichever order they come: for some seconds a link leads two people to different ones."""
    first = page.get_by_role("heading", name="card-")
    first.wait_for()
    name = first.inner_text()
    for card in sorted(grades, key=lambda card: card != name.replace("-", "_")):
        shows(page, card.replace("_", "-"))
        page.get_by_role("textbox", name="grade").fill(str(grades[card]))
        page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing is left for you").wait_for()


def test_two_people_answer_and_a_reviewer_takes_one_value_by_its_key(browser_of, dataset):
    admin = browser_of("ada", f"/label/{dataset.pk}/people/")
    admin.get_by_label("People who answer a sample").wait_for()
    assert in_both_themes(admin) == []
    admin.get_by_label("People who answer a sample").fill("2")
    admin.get_by_role("button", name="Save").click()
    admin.get_by_text("Saved.").wait_for()
    answer_both(browser_of("ana", f"/label/{dataset.pk}/next/"), card_1=7, card_2=5)
    answer_both(browser_of("ben", f"/label/{dataset.pk}/next/"), card_1=9, card_2=5)

    page = browser_of("grace", "/review/")
    shows(page, "card-1")
    page.get_by_text("2 people answered").wait_for()
    assert in_both_themes(page) == []
    shows(page, "card-1")
    page.keyboard.press("1")  # Ben's value in place of Ana's
    page.locator("#rendered").get_by_text('"grade": 9').wait_for()
    page.keyboard.press("1")  # after the last, another value: the field opens
    expect(page.get_by_role("textbox", name="grade")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.locator("#rendered").get_by_text('"grade": 9').wait_for()
    page.keyboard.press("Enter")
    shows(page, "card-2")
    page.get_by_text("They agree in all").wait_for()
    page.keyboard.press("m")  # one more person, all the same
    page.get_by_text("Nothing is left for you to review").wait_for()

    assert VariableValue.objects.get(variable__name="grade").value == 9
    assert Answer.objects.filter(sample__name="card-1").count() == 2
    assert Sample.objects.get(name="card-2").state == Sample.State.UNLABELED
    figures = browser_of("grace", f"/figures/{dataset.pk}/agreement/")
    figures.get_by_text("2 samples that several people answered").wait_for()
    assert in_both_themes(figures) == []
    figures.get_by_role("link", name="differ").first.click()
    figures.get_by_role("link", name="card-1").wait_for()
    third = browser_of("cem", f"/label/{dataset.pk}/next/")
    shows(third, "card-2")
