"""An address that only a form's button leads to says so when somebody opens or reloads it."""

import uuid

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from tests.factories import make_member

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html"}


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_address_of_a_button_says_to_go_back(client, signed_in):
    if signed_in:
        client.force_login(make_member(Role.ADMIN).user)

    response = client.get(reverse("training:train", args=[uuid.uuid4()]), headers=BROWSER)

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "Go back and press it again." in response.text


def test_a_script_gets_no_page(client):
    response = client.get(
        reverse("training:train", args=[uuid.uuid4()]), headers={"Accept": "application/json"}
    )

    assert (response.status_code, response.content) == (405, b"")
