"""No condition of a template with `and`, `not` or a comparison asks the database.

Django takes every error inside of such a condition as false: of a busy database it would make a wrong page
instead of one that says so and tries again.
"""

import pytest
from django.db import connection
from django.template import smartif
from django.test import Client

from tests.journeys.addresses import address, names_of_pages
from tests.journeys.test_every_screen import ANONYMOUS, looks
from tests.journeys.world import arguments, make_world


@pytest.fixture
def asked_in_conditions(monkeypatch):
    """The queries made while an operator of a condition was evaluated."""
    inside, queries = [], []

    def watched(evaluate):
        def eval_(self, context):
            inside.append(self)
            try:
                return evaluate(self, context)
            finally:
                inside.pop()

        return eval_

    def note(execute, sql, *args):
        if inside:
            queries.append(f"{inside[-1]!r}: {sql[:120]}")
        return execute(sql, *args)

    for operator in smartif.OPERATORS.values():
        monkeypatch.setattr(operator, "eval", watched(operator.eval))
    with connection.execute_wrapper(note):
        yield queries


@pytest.mark.django_db
def test_no_page_asks_the_database_inside_of_a_condition(fault_remote, asked_in_conditions):
    world = make_world(fault_remote)
    at = arguments(world)
    paths = [address(name, at) for name in names_of_pages()] + looks(world)

    for member in (world.admin, world.reviewer, world.annotator):
        client = Client()
        client.force_login(member.user)
        for path in [*paths, "/nothing/is/here/"]:
            client.get(path)
    for name in ANONYMOUS:
        Client().get(address(name, at))

    assert sorted(set(asked_in_conditions)) == []
