"""Every address × method: strangers, other workspaces, every role and scope. A new address is in at once."""

import uuid

import pytest

from annotator.accounts.models import ApiToken, Membership, Role, Scope
from annotator.accounts.permissions import may
from annotator.datasets.serializers.fields import RowId, RowIds
from tests.api.client import ApiCaller
from tests.api.routes import VERBS, address, api_routes, noun, served
from tests.api.tenants import dump, make_tenant
from tests.factories import make_member, make_token

pytestmark = pytest.mark.django_db

ROUTES = api_routes()
SERVED = served()


def call(caller, method, path, body=None):
    return caller.client.generic(
        method.upper(), path, "" if body is None else body, content_type="application/json"
    )


@pytest.fixture
def ours():
    return make_tenant()


@pytest.fixture
def theirs():
    return make_tenant()


@pytest.fixture
def caller(ours):
    return ApiCaller(make_token(ours.member))


def test_nobody_reaches_any_address_by_any_method(theirs):
    before, stranger = dump(), ApiCaller()

    for name, pattern in ROUTES:
        row = theirs.rows.get(noun(name))
        for method in VERBS:
            answer = call(stranger, method, address(pattern, row.pk if row else ""), "{}")
            assert answer.status_code == 401, (name, method)
            assert answer["WWW-Authenticate"] == "Token"

    assert dump() == before


def test_no_address_knows_the_rows_of_another_workspace(caller, theirs):
    before = dump()

    for name, pattern, method, _ in SERVED:
        if "(?P<pk>" not in str(pattern.pattern):
            continue
        row = theirs.rows[noun(name)]
        for slash in (True, False):
            answer = call(caller, method, address(pattern, row.pk, slash=slash), "{}")
            assert answer.status_code == 404, (name, method, answer.content)
            assert set(answer.json()) == {"detail"}

    assert dump() == before


def test_no_address_works_in_a_workspace_that_one_is_not_in(caller, theirs):
    before = dump()

    for name, pattern, method, _ in SERVED:
        row = theirs.rows.get(noun(name))
        path = address(pattern, row.pk if row else "")
        named = f'{{"workspace": "{theirs.member.workspace_id}"}}'
        answers = [call(caller, method, f"{path}?workspace={theirs.member.workspace_id}", "{}")]
        if method not in {"get", "head"}:
            answers.append(call(caller, method, path, named))
        assert {a.status_code for a in answers} == {404}, (name, method)

    assert dump() == before


def test_lists_show_nothing_of_another_workspace_whatever_they_are_filtered_by(
    caller, ours, theirs
):
    rows = [row for row in theirs.rows.values() if isinstance(row.pk, uuid.UUID)]
    foreign = {str(row.pk) for row in rows} | {str(theirs.member.workspace_id)}

    for name, pattern in ROUTES:
        if not name.endswith("-list"):
            continue
        path, view = address(pattern, ""), pattern.callback.cls
        plain = caller.get(path)
        assert not any(pk in plain.content.decode() for pk in foreign), name
        for known in getattr(view, "filters", ()):
            if known.schema.get("format") != "uuid":
                continue
            for row in rows:
                answer = caller.get(path, **{known.name: str(row.pk)})
                assert (answer.status_code, answer.json()["count"]) == (200, 0), (name, known.name)


BODIES = {
    "task-add-dataset": lambda rows: {"dataset_id": rows["dataset"]},
    "task-remove-dataset": lambda rows: {"dataset_id": rows["dataset"]},
    "task-list": lambda rows: {"name": "x", "datasets": [rows["dataset"]]},
    "task": lambda rows: {"user_prompt_id": rows["prompt"]},
    "dataset-list": lambda rows: {"name": "x", "user_prompt_id": rows["prompt"]},
    "dataset": lambda rows: {"user_prompt_id": rows["prompt"]},
    "variable-list": lambda rows: {"dataset": rows["dataset"], "name": "x", "type": "float"},
    "sample-list": lambda rows: {"dataset": rows["dataset"]},
    "sample-bulk": lambda rows: {"dataset": rows["dataset"], "samples": [{}]},
    "sample-add-images": lambda rows: {"image_ids": [rows["image"]]},
    "sample-remove-images": lambda rows: {"image_ids": [rows["image"]]},
    "sample-reorder-images": lambda rows: {"image_ids": [rows["image"]]},
    "sample-add-objects": lambda rows: {"detection_object_ids": [rows["object"]]},
    "sample-remove-objects": lambda rows: {"detection_object_ids": [rows["object"]]},
    "sample-reorder-objects": lambda rows: {"detection_object_ids": [rows["object"]]},
    "sample-add-variable-value": lambda rows: {"dataset_variable": rows["variable"], "value": 1},
    "sample-remove-variable-value": lambda rows: {"dataset_variable": rows["variable"]},
    "image-update": lambda rows: {"images": [rows["image"]], "mark-test": True},
    "object-list": lambda rows: {
        "image": rows["image"],
        "detection_label": rows["label"],
        "data": [1, 2, 3, 4],
    },
    "object": lambda rows: {"detection_label": rows["label"]},
    "comment-list": lambda rows: {"sample": rows["sample"], "text": "x"},
    "export-list": lambda rows: {"dataset": rows["dataset"], "format": "trl"},
}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_ids_of_another_workspace_in_a_body_are_unknown(caller, ours, theirs, name):
    pattern = dict(ROUTES)[name]
    own = ours.rows[noun(name)]
    method = "patch" if "patch" in pattern.callback.actions else "post"
    foreign = {kind: str(row.pk) for kind, row in theirs.rows.items()}
    before = dump()

    answer = getattr(caller, method)(address(pattern, own.pk), BODIES[name](foreign))

    assert answer.status_code == 400
    assert "There is no" in answer.json()["detail"]
    assert dump() == before


def test_every_body_that_can_hold_an_id_is_tried_with_a_foreign_one():
    holders = {
        name
        for name, pattern, method, _ in SERVED
        if method in {"post", "patch"} and takes_ids(pattern.callback, method)
    }

    assert holders == set(BODIES)


def takes_ids(callback, method):
    """Whether the body's shape refers to other rows."""
    shape = callback.cls.body_serializers.get(callback.actions[method])
    parent = callback.cls.parent_field if method == "patch" else ""
    fields = shape().fields.items() if shape else ()
    return any(isinstance(f, RowId | RowIds) for name, f in fields if name != parent)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scope", [None, *Scope])
def test_each_role_and_scope_may_do_what_the_matrix_says(client, role, scope):
    member = make_member(Role.ADMIN)
    caller = ApiCaller(make_token(member) if scope else None)
    if scope is None:
        caller.client.force_login(member.user)
    ApiToken.objects.update(scope=scope or Scope.MANAGE)
    Membership.objects.update(role=role)
    member.role, member.token_scope = role, scope

    for name, pattern, method, action in SERVED:
        answer = call(caller, method, address(pattern, uuid.uuid4()), "{}")

        assert (answer.status_code != 403) == may(member, action), (name, method)
        assert answer.status_code < 500


def test_reading_changes_nothing(caller, ours):
    before = dump()

    for name, pattern, method, _ in SERVED:
        if method == "get":
            row = ours.rows.get(noun(name))
            for verb in ("get", "head"):
                answer = call(caller, verb, address(pattern, row.pk if row else ""))
                assert answer.status_code in {200, 404}, name  # 404: a model without an archive

    assert dump() == before


def test_other_methods_are_refused_in_json(caller, ours):
    for name, pattern in ROUTES:
        row = ours.rows.get(noun(name))
        path = address(pattern, row.pk if row else "")
        for method in set(VERBS) - {"head"} - set(pattern.callback.actions):
            answer = call(caller, method, path, "{}")
            assert answer.status_code == 405, (name, method)
            assert answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/vlm/v2/", "/vlm/v2/nothing/", "/recognition/v2/x", "/vlm/v2/sample/1/", "/detection/v2/"],
)
def test_addresses_that_name_nothing_answer_in_json(client, path):
    for method in ("get", "post", "delete"):
        answer = getattr(client, method)(path)

        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_a_browser_gets_json_too(caller, accept):
    for path in ("/vlm/v2/sample/", "/vlm/v2/sample/1", f"/vlm/v2/sample/{uuid.uuid4()}"):
        answer = caller.client.get(path, headers={"Accept": accept})

        assert answer["Content-Type"] == "application/json"
