"""What protects the pages on the wire."""

import pytest
from django.test import Client

from annotator.accounts.models import Role
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client_of):
    return client_of(make_member(Role.ADMIN).user)


@pytest.mark.parametrize("path", ["/", "/account/", "/tokens/", "/team/", "/audit/"])
def test_pages_of_a_person_are_kept_in_no_cache(signed_in, path):
    assert signed_in.get(path).headers["Cache-Control"] == "private, no-store"


def test_a_redirect_that_sets_a_cookie_is_kept_in_no_cache_either(signed_in):
    workspace = make_member(Role.ADMIN).workspace

    response = signed_in.post("/workspace/", {"workspace": str(workspace.pk)})

    assert "no-store" in response.headers["Cache-Control"]


def test_the_health_page_may_be_kept(client):
    assert "Cache-Control" not in client.get("/health/").headers


def test_an_unknown_host_is_refused(signed_in):
    assert signed_in.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_a_form_from_another_origin_is_refused():
    member = make_member(Role.ADMIN)
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)
    token = client.get("/account/sign-in-again/").json()["csrf_token"]
    sent = {"full_name": "Eve", "email": "", "csrfmiddlewaretoken": token}

    foreign = client.post("/account/", sent, headers={"Origin": "https://evil.example"})
    ours = client.post("/account/", sent, headers={"Origin": "http://testserver"})

    assert (foreign.status_code, ours.status_code) == (403, 302)


@pytest.mark.parametrize("path", ["/", "/team/", "/account/login/", "/health/", "/nowhere/"])
def test_no_page_may_be_framed_or_read_from_another_site(signed_in, path):
    response = signed_in.get(path, headers={"Origin": "https://evil.example"})

    assert response.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert not [name for name in response.headers if name.startswith("Access-Control")]
