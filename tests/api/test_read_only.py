"""What is not for writing: in no body of any address is it stored."""

import pytest

from tests.api.client import ApiCaller
from tests.api.routes import address, api_routes
from tests.api.tenants import dump, make_tenant
from tests.factories import make_token

pytestmark = pytest.mark.django_db

ROUTES = dict(api_routes())


@pytest.fixture
def ours():
    return make_tenant()


@pytest.fixture
def theirs():
    return make_tenant()


@pytest.fixture
def caller(ours):
    return ApiCaller(make_token(ours.member))


READ_ONLY = {
    "id": "00000000-0000-4000-8000-000000000000",
    "created": "2001-01-01T00:00:00Z",
    "created_at": "2001-01-01T00:00:00Z",
    "created_date": "2001-01-01T00:00:00Z",
    "removed_at": "2001-01-01T00:00:00Z",
    "version": 99,
    "last_version": 99,
    "training_time": 99,
    "samples_count": 99,
    "state": "approved",
    "remote": 1,
    "remote_id": "x",
    "remote_key": "x",
    "remote_state": {},
    "lease_holder": 1,
    "own_user_prompt": "x",
    "system_prompt": "x",
    "sha256": "x",
    "review_percent": 0,
    "self_review_allowed": True,
    "is_superuser": True,
    "role": "admin",
    "position": 99,
    "backend": "x",
}


def test_what_is_not_for_writing_is_never_stored(caller, ours):
    own = {kind: str(row.pk) for kind, row in ours.rows.items()}

    for name in ("prompt", "task", "dataset", "variable", "sample", "label"):
        path = address(ROUTES[f"{name}-list"], "")
        body = {"name": "fresh", "type": "float" if name == "variable" else None}
        body["type"] = {"variable": "float", "prompt": "user", "sample": "single"}.get(name)
        body["dataset"] = own["dataset"]
        body = {key: value for key, value in body.items() if value}
        plain = caller.post(path, body | {"name": "plain"}).json()
        stuffed = caller.post(path, body | READ_ONLY)
        patched = caller.patch(f"{path}{plain['id']}/", READ_ONLY)

        assert (stuffed.status_code, patched.status_code) == (201, 200), name
        model = type(ours.rows[name])
        stored = [
            {
                column: value
                for column, value in model.objects.filter(pk=pk).values()[0].items()
                if column
                not in {"id", "name", "name_folded", "created_at", "updated_at", "position"}
            }
            for pk in (plain["id"], stuffed.json()["id"])
        ]
        assert stored[0] == stored[1], name
        assert stuffed.json()["id"] != READ_ONLY["id"]


@pytest.mark.parametrize("name", ["image", "object", "sample", "variable"])
@pytest.mark.parametrize("workspace", ["default", "theirs"])
def test_a_change_moves_no_row_elsewhere_and_sets_nothing_else(
    caller, ours, theirs, name, workspace
):
    row, before = ours.rows[name], dump()
    row.refresh_from_db()
    body = READ_ONLY | {
        "workspace": str(theirs.member.workspace_id) if workspace == "theirs" else workspace,
        "workspace_id": str(theirs.member.workspace_id),
        "dataset_id": str(theirs.rows["dataset"].pk),
        "created_by": theirs.member.user.pk,
        "rev": 99,
    }
    fixed = {"dataset": str(theirs.rows["dataset"].pk), "image": str(theirs.rows["image"].pk)}

    answer = caller.patch(address(ROUTES[name], row.pk), body | fixed)

    assert answer.status_code == (404 if workspace == "theirs" else 200)
    type(row).objects.filter(pk=row.pk).update(**changed_at(row))
    after = dump()
    assert {table for table in after if after[table] != before[table]} <= {
        "accounts.auditevent",
        "datasets.dataset",  # the day of its last change
    }


def changed_at(row):
    """The time of the last change as it was, where the row keeps one."""
    return {"updated_at": row.updated_at} if hasattr(row, "updated_at") else {}
