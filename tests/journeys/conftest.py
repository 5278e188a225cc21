"""Two workspaces of one server, one of which is the other's remote, and the people at work in them."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.images.actions import store_image
from annotator.mirror import jobs as mirror_jobs
from annotator.push import jobs as push_jobs
from annotator.training import jobs as training_jobs
from tests.factories import (
    PASSWORD,
    make_dataset,
    make_member,
    make_prompt,
    make_token,
    make_user,
    make_variable,
    make_workspace,
)
from tests.pictures import picture

TEMPLATE = """{"condition": "{{condition}}", "authentic": {{authentic}},
 "grade": {{grade}}, "note": "{{note}}"}"""


@pytest.fixture
def this_server_is_a_remote(live_server, settings):
    """Remotes may be at the address of the server under test."""
    settings.PRIVATE_REMOTES = frozenset([urlsplit(live_server.url).netloc])


@pytest.fixture
def platform():
    """The workspace that plays the remote: cards, most of them labelled, six not."""
    workspace = make_workspace(name="Platform")
    dataset = make_dataset(
        workspace=workspace,
        name="Graded cards",
        user_prompt=make_prompt(workspace=workspace, content="Grade this card."),
        result_template=make_prompt(
            workspace=workspace, type="template", format="json", content=TEMPLATE
        ),
    )
    asked = [
        ("condition", "string", {"choices": ["Mint", "Good", "Poor"], "required": True}),
        ("authentic", "boolean", {"required": True}),
        ("grade", "float", {"min_value": 0, "max_value": 10, "step_size": 0.5, "required": True}),
        ("note", "string", {"max_length": 400}),
    ]
    variables = [
        make_variable(dataset=dataset, name=name, type=kind, position=place, **limits)
        for place, (name, kind, limits) in enumerate(asked)
    ]
    for number in range(20):
        image, _ = store_image(workspace, picture(240, 320, seed=number))
        sample = create_sample(
            dataset, by=None, name=f"card-{number:02}", images=[image], test=number >= 16
        )
        if number >= 6:
            values = ["Mint", True, 9.5, "Clean."] if number % 2 else ["Poor", False, 3, "Bent."]
            given = dict(zip(variables, values, strict=True))
            set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return dataset


@pytest.fixture
def people(platform):
    """The Studio's admin (who is the Platform's too), reviewer and annotator, by name; `token`."""
    studio = make_workspace(name="Studio")
    admin = make_member(Role.ADMIN, workspace=studio, user=make_user(username="ada"))
    there = make_member(Role.ADMIN, workspace=platform.workspace, user=admin.user)
    token = make_token(there)
    return {
        "admin": admin,
        "reviewer": make_member(Role.REVIEWER, workspace=studio, user=make_user(username="rita")),
        "annotator": make_member(workspace=studio, user=make_user(username="anna")),
        "token": token,
    }


@pytest.fixture
def sign_in(live_server, browser, people):
    """Opens a browser of its own for a person and signs them in by the form."""
    contexts = []

    def open_page(who):
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{live_server.url}/account/login/")
        page.get_by_label("User name or e-mail").fill(people[who].user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def beat():
    """Rings what beat rings every few seconds, once."""

    def ring():
        for room in (mirror_jobs, push_jobs, training_jobs):
            room.sweep.delay()

    return ring


@pytest.fixture(autouse=True)
def patience():
    """A journey shares its machine with the workers that it waits for."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)
