"""A role that the matrix does not know may do nothing, at any address, and sees no row."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from annotator.accounts.checks import all_patterns, is_trusted, view_class
from annotator.accounts.models import Membership, Scope
from annotator.accounts.roles import Action, may
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from annotator.demo.models import Demo, Step
from annotator.images.models import DetectionObject, Image
from tests.api.client import ApiCaller
from tests.api.routes import VERBS, api_routes, noun
from tests.api.routes import address as api_address
from tests.api.tenants import dump, make_tenant
from tests.factories import make_dataset, make_member, make_token, make_variable
from tests.journeys.addresses import address
from tests.journeys.world import arguments, make_world
from tests.suggestions.rows import suggest

pytestmark = pytest.mark.django_db

# Open to everybody, signed in or not; each shows nothing of a workspace.
PUBLIC = {
    "accounts:join",  # needs the secret of an invitation
    "accounts:sign_in_again",
    "api:model-archive",  # needs a signature
    "exports:archive",  # needs a signature
    "api:unknown",
    "home:health",
    "ui:theme",
}


def make_guest(member):
    """Give a membership a role that nobody has heard of, past the constraint that forbids it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the table is busy
            cursor.execute("ALTER TABLE accounts_membership DROP CONSTRAINT membership_role_known")
        Membership.objects.filter(pk=member.pk).update(role="guest")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    member.refresh_from_db()


def pages():
    """(name, pattern) of every address of a page that is not open to everybody."""
    return [
        (name, pattern)
        for _, pattern, name in all_patterns()
        if view_class(pattern.callback) is None
        and not is_trusted(pattern.callback)
        and getattr(pattern.callback, "action", None) is not None
    ]


def test_what_is_open_to_everybody_is_known():
    public = {
        name
        for _, pattern, name in all_patterns()
        if not is_trusted(pattern.callback) and getattr(pattern.callback, "action", 0) is None
    }

    assert public == PUBLIC


def test_no_page_is_open_to_an_unknown_role(fault_remote):
    world = make_world(fault_remote)
    image = Image.objects.filter(workspace=world.workspace).first()
    thing = DetectionObject.objects.filter(image__workspace=world.workspace).first()
    files = {
        "images:image_id": image.pk,
        "images:object_id": thing.pk,
        "kind": "thumb",
        "images:name": "x.jpg",
    }
    client, given = Client(), arguments(world) | files
    client.force_login(world.annotator.user)
    make_guest(world.annotator)
    before = dump()

    for name, _ in pages():
        url = address(name, given)
        statuses = {client.get(url).status_code, client.post(url, {"take_over": 1}).status_code}
        closed = (
            404 if name.startswith("images:") else 403
        )  # of a file nobody learns that it is there
        assert statuses - {405} == {closed}, (name, statuses)

    assert dump() == before


@pytest.mark.parametrize("scope", [None, *Scope])
def test_no_call_of_the_api_is_open_to_an_unknown_role(scope):
    tenant = make_tenant()
    caller = ApiCaller(make_token(tenant.member, scope=scope) if scope else None)
    if scope is None:
        caller.client.force_login(tenant.member.user)
    make_guest(tenant.member)
    before = dump()

    for name, pattern in api_routes():
        row = tenant.rows.get(noun(name))
        path = api_address(pattern, row.pk if row else "")
        for method in set(VERBS) - {"options"}:
            answer = caller.client.generic(
                method.upper(), path, "{}", content_type="application/json"
            )
            expected = 403 if method in pattern.callback.actions else 405
            assert answer.status_code == expected, (name, method)

    assert dump() == before


def test_an_unknown_role_sees_no_row_of_any_kind(fault_remote):
    world = make_world(fault_remote)
    studio = world.admin.workspace
    demo = Demo.objects.create(studio=studio, platform=studio)
    Step.objects.create(
        demo=demo,
        position=1,
        kind=Step.Kind.DRAW,
        set_key="cards",
        dataset=make_dataset(workspace=studio),
    )
    sample = Sample.objects.filter(dataset__workspace=studio).first()
    variable = make_variable(dataset=sample.dataset, min_value=0, max_value=10)
    suggest(sample, variable, 5)
    guest = world.annotator
    make_guest(guest)
    kinds = [model for model in apps.get_models() if hasattr(model.objects, "visible_to")]

    seen = {kind.__name__: kind.objects.visible_to(guest).count() for kind in kinds}

    assert len(kinds) > 10
    assert set(seen.values()) == {0}, seen
    assert {kind for kind in kinds if not kind.objects.visible_to(world.admin).exists()} == set()
    assert not Answer.objects.samples_to_label(guest).exists()
    assert not any(may(guest, action) for action in Action)


def test_files_of_a_workspace_with_an_unknown_role_are_closed_in_another_one(fault_remote):
    world = make_world(fault_remote)
    guest = world.annotator
    make_member(user=guest.user)  # of a workspace of their own, as an annotator
    make_guest(guest)

    assert not Image.objects.open_to(guest.user).exists()
    assert not DetectionObject.objects.open_to(guest.user).exists()
