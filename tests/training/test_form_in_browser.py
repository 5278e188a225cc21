"""The form of a task in a browser: it shows the parameters of the backend that is chosen."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotator.accounts.models import Role
from tests.factories import make_member
from tests.ui.browser_page import open_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_the_chosen_backends_parameters_are_open_and_the_others_closed(page, client):
    client.force_login(make_member(Role.ADMIN).user)
    html = client.get(reverse("training:new")).content.decode()
    form = re.search(r'<form class="card fields".*?</form>', html, re.DOTALL)[0]
    open_page(page, form, modules=["unfold.js"])
    base, neighbours = page.get_by_label("Base model"), page.get_by_label("Maximum neighbours")
    expect(neighbours).to_be_visible()
    expect(base).to_be_hidden()

    page.get_by_label("Backend").select_option("vlm")

    expect(base).to_be_visible()
    expect(neighbours).to_be_hidden()
