"""A page of the labeling room in a real browser."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from annotator.datasets.actions import create_sample
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_member,
    make_object,
    make_prompt,
    make_user,
    make_variable,
    make_workspace,
)


@pytest.fixture
def dataset():
    """Six samples of trading cards, with front and back, objects, and all six types of variables."""
    workspace = make_workspace(name="Studio")
    template = (
        '{"condition": "{{condition}}", "grade": {{grade}}, '
        '"authentic": {{authentic}}, "note": "{{note}}"}'
    )
    dataset = make_dataset(
        workspace=workspace,
        name="Cards",
        user_prompt=make_prompt(workspace=workspace, content="Grade this card."),
        result_template=make_prompt(
            workspace=workspace, type="template", format="json", content=template
        ),
    )
    asked = [
        ("condition", "string", {"choices": ["Mint", "Good", "Poor"], "required": True}),
        ("authentic", "boolean", {"required": True}),
        ("grade", "float", {"max_value": 10, "step_size": 0.5, "min_value": 0, "required": True}),
        ("note", "string", {"max_length": 400, "description": "Name each flaw."}),
        ("year", "integer", {"default_value": 2024}),
        ("flaws", "array", {}),
        ("seller", "object", {"item_schema": [{"name": "name", "type": "string"}]}),
    ]
    for position, (name, kind, limits) in enumerate(asked):
        make_variable(dataset=dataset, name=name, type=kind, position=position, **limits)
    label = make_label(workspace, name="wear")
    for number in range(6):
        images = [make_image(workspace, width=320, height=440) for _ in range(2)]
        sample = create_sample(dataset, by=None, name=f"card-{number}", images=images)
        sample.sample_objects.create(
            detection_object=make_object(images[0], label=label), slot=0, order=0
        )
    return dataset


@pytest.fixture
def member(dataset):
    return make_member(workspace=dataset.workspace, user=make_user(username="ada"))


@pytest.fixture
def at_work(live_server, page, member):
    """The page of the first sample, opened by its annotator."""
    page.set_default_timeout(20_000)
    sign_in(page, live_server, member)
    page.goto(f"{live_server.url}/label/")
    expect(page.get_by_role("heading", level=1)).to_have_text("card-0")
    return page


def sign_in(page, live_server, member):
    client = Client()
    client.force_login(member.user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


def acknowledged(page):
    """Wait until the server has responded to the last submit: the next sample is shown before."""
    expect(page.locator("#work[data-busy], #work[inert]")).to_have_count(0)


@pytest.fixture
def at_hand(at_work):
    """The page of the first sample, with the second one at hand.

    Not by loading it anew: PostgreSQL passes over a row that the page before is releasing at that moment.
    """
    at_work.wait_for_load_state("networkidle")
    at_work.wait_for_timeout(200)  # it reads the response
    return at_work
