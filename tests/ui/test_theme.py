"""The theme switch."""

import pytest
from django.urls import reverse


def test_the_theme_is_kept_and_the_page_comes_back(client):
    response = client.post(reverse("ui:theme"), {"theme": "dark", "next": "/datasets/?state=new"})

    assert response.url == "/datasets/?state=new"
    assert response.cookies["theme"].value == "dark"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "evil", ""])
def test_the_way_back_never_leaves_the_site(client, elsewhere):
    response = client.post(reverse("ui:theme"), {"theme": "dark", "next": elsewhere})

    assert response.url == "/"


def test_an_unknown_theme_is_refused(client):
    response = client.post(reverse("ui:theme"), {"theme": "plaid"})

    assert response.status_code == 400
    assert "theme" not in response.cookies


def test_looking_changes_nothing(client):
    assert client.get(reverse("ui:theme")).status_code == 405
