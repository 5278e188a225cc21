"""The documentation: complete, sound, offline, and drawn under the strict policy."""

import re

import pytest
import yaml

from annotator.api.documentation.decisions import DECISIONS
from annotator.api.documentation.examples import REQUEST_EXAMPLES
from annotator.api.documentation.reference import document, sections
from tests.api.routes import address, api_routes, served
from tests.axe import in_both_themes

PAGES = ["/api/docs/", "/api/docs/decisions/", "/api/docs/from-the-cloud/"]


def test_every_address_and_method_is_documented_once():
    documented = {
        (path, method) for path, methods in document()["paths"].items() for method in methods
    }
    real = {
        (address(pattern, "{id}"), method)
        for _, pattern in api_routes()
        for method in pattern.callback.actions
        if method != "head"
    }

    assert documented == real
    ids = [operation.id for section in sections() for operation in section.operations]
    assert len(ids) == len(set(ids)) == len(served())


def test_the_document_is_made_without_a_warning_and_is_valid(capsys):
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.validation import validate_schema

    validate_schema(SchemaGenerator().get_schema(public=True))

    assert capsys.readouterr().err == ""


def test_every_operation_says_what_it_does_and_who_may():
    for section in sections():
        for operation in section.operations:
            assert operation.summary, operation.id
            assert re.search(r"Roles: .*admin", operation.description), operation.id


def test_every_example_is_used():
    used = sum(bool(o.example) for section in sections() for o in section.operations)

    assert used >= len(REQUEST_EXAMPLES)


def test_every_hole_of_the_platforms_page_has_its_decision():
    assert [name for name, _, _ in DECISIONS] == [f"Q{n}" for n in range(1, 35)]


@pytest.mark.django_db
def test_the_document_is_served_to_those_who_sign_in(api, client):
    as_yaml = api.get("/api/schema/", format="yaml")
    as_json = api.get("/api/schema", format="json")

    assert yaml.safe_load(as_yaml.content)["openapi"].startswith("3.")
    assert as_json.json()["paths"].keys() == yaml.safe_load(as_yaml.content)["paths"].keys()
    assert client.get("/api/schema/").status_code == 401


@pytest.mark.django_db
def test_what_is_wrong_with_a_call_for_the_document_is_said_in_json(client, api):
    for answer, status in ((client.get("/api/schema/"), 401), (api.post("/api/schema/"), 405)):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_the_pages_are_for_members(client, admin, path):
    assert client.get(path).status_code == 302

    client.force_login(admin.user)

    assert client.get(path).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_the_pages_need_neither_inline_styles_nor_scripts(client, admin, path):
    client.force_login(admin.user)

    policy = client.get(path)["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy


@pytest.fixture
def signed_in(page, live_server, client, transactional_db):
    """A browser of an admin, and all that it complained of."""
    from annotator.accounts.models import Role
    from tests.factories import make_dataset, make_member

    admin = make_member(Role.ADMIN)
    make_dataset(workspace=admin.workspace, name="Graded cards")
    client.force_login(admin.user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


@pytest.mark.browser
def test_the_pages_keep_nobody_out(signed_in, live_server):
    page = signed_in

    for path in ("/api/docs/", "/api/docs/decisions/", "/api/docs/from-the-cloud/"):
        page.goto(live_server.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((d, n) => d.open = n < 20)")
        assert in_both_themes(page) == []
    assert page.complaints == []


@pytest.mark.browser
def test_an_operation_opens_without_javascript(browser, live_server, signed_in):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())
    page = context.new_page()
    page.goto(f"{live_server.url}/api/docs/#sample_add_variable_value")

    page.locator("#sample_add_variable_value summary").click()

    assert "dataset_variable" in page.locator("#sample_add_variable_value").inner_text()
    context.close()
