"""The benchmark's person does what the page does: the counts of its requests are the page's."""

import pytest
from django.test import Client

from tests.bench.labeling.http_client import Connection
from tests.bench.labeling.page import LabelingPage
from tests.factories import make_dataset, make_member, make_sample, make_variable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(live_server):
    """The labeling page of a dataset with three fields, of which one is a choice and one a number."""
    dataset = make_dataset()
    make_variable(dataset=dataset, name="grade", type="float", min_value=0, max_value=10)
    make_variable(
        dataset=dataset, name="condition", type="string", choices=["Mint", "Poor"], required=True
    )
    make_variable(dataset=dataset, name="note", type="string", required=True)
    for _ in range(4):
        make_sample(dataset=dataset)
    client = Client()
    client.force_login(make_member(workspace=dataset.workspace).user)
    host, _, port = live_server.url.removeprefix("http://").partition(":")
    cookies = {"sessionid": client.cookies["sessionid"].value}
    connection = Connection(host, int(port), cookies)
    yield LabelingPage(connection, str(dataset.pk), seed=1)
    connection.close()


@pytest.mark.parametrize(("is_typed", "requests"), [(True, 2), (False, 1)])
def test_a_loop_needs_so_many_requests(page, is_typed, requests):
    page.open()
    page.finish_loading()
    before = page.connection.requests

    for _ in range(2):
        page.type_values() if is_typed else page.fill_form()
        assert page.submit()
        page.finish_loading()

    assert page.connection.requests - before == 2 * requests
    assert page.events["prefetched"] == 2
    assert page.events["save 200"] == (6 if is_typed else 0)
