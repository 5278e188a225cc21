"""The shell around every page: the theme switch, the error pages."""

import pytest
from django.template.loader import render_to_string
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


@pytest.mark.parametrize("template", ["400.html", "403.html", "404.html", "error.html"])
def test_an_error_page_needs_nothing_but_itself(rf, template):
    request = rf.get("/nowhere/")

    page = render_to_string(template, {"message": "It is gone.", "status": 404}, request)

    assert 'href="/"' in page
    assert "<main" in page


def test_the_page_for_a_broken_server_asks_nothing_of_it():
    page = render_to_string("500.html")

    assert "/static/" not in page
    assert "Something broke" in page
