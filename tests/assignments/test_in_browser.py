"""In a browser: pick samples, assign them, label what is one's own, ask who has one open to leave it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.models import Sample
from tests.annotation.conftest import sign_in
from tests.factories import (
    make_dataset,
    make_member,
    make_sample,
    make_user,
    make_variable,
    make_workspace,
)


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_workspace(), name="Cards")
    make_variable(dataset=dataset, name="note", type="string")
    for number in range(3):
        make_sample(dataset=dataset, name=f"card-{number}")
    return dataset


def named(dataset, name, role):
    return make_member(role, workspace=dataset.workspace, user=make_user(username=name))


@pytest.mark.django_db(transaction=True)
def test_samples_are_assigned_labelled_and_left_to_who_asks(page, browser, live_server, dataset):
    rita, ada = named(dataset, "rita", Role.REVIEWER), named(dataset, "ada", Role.ANNOTATOR)
    page.set_default_timeout(20_000)
    sign_in(page, live_server, rita)

    page.goto(live_server.url + reverse("datasets:gallery", args=[dataset.pk]))
    page.get_by_label("Pick card-1").check()
    page.get_by_label("Pick card-2").check()
    page.get_by_role("button", name="Assign…").click()
    page.get_by_label("ada", exact=True).check()
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("Done")).to_be_visible()
    assert set(
        Sample.objects.filter(assignment__people=ada.user).values_list("name", flat=True)
    ) == {
        "card-1",
        "card-2",
    }

    other = browser.new_context().new_page()
    other.set_default_timeout(20_000)
    sign_in(other, live_server, ada)
    other.goto(f"{live_server.url}/label/")
    expect(other.get_by_role("heading", level=1)).to_have_text("card-1")
    expect(other.get_by_text("2 for you")).to_be_visible()
    other.get_by_role("textbox", name="note").fill("worn")

    page.goto(live_server.url + reverse("assignments:overview", args=[dataset.pk]))
    page.get_by_role("region", name="Open now").get_by_role("link", name="card-1").click()
    page.wait_for_load_state("networkidle")  # its modules are there
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("You have asked them for it")).to_be_visible()
    other.get_by_role("textbox", name="note").fill("worn at the edges")
    other.get_by_role("button", name="Leave it to them").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("card-2")
    expect(page.get_by_text("It is yours now.")).to_be_visible()
    assert Sample.objects.get(name="card-1").lease_holder == rita.user
    other.context.close()
