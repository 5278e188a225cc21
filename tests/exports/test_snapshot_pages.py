"""Snapshots are made, compared, exported and deleted: by page, API and command."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.exports import jobs
from annotator.exports.models import ExportJob
from annotator.snapshots.models import Snapshot
from annotator.storage import files as stored
from tests.exports.shapes import VALUES, make_shape
from tests.exports.test_snapshots import change_everything, export_bytes, snapshot_of
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_the_pages_make_compare_export_and_delete(client, dataset):
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    rows = reverse("exports:snapshots", args=[dataset.pk])

    client.post(rows, {"name": "before", "select": ""})
    jobs.write_export(str(ExportJob.objects.latest("created_at").pk))
    before = Snapshot.objects.get()
    change_everything(dataset)
    after = snapshot_of(dataset, name="after")
    page = client.get(reverse("exports:snapshot", args=[after.pk]), {"since": str(before.pk)}).text
    listed = client.get(rows).text
    started = client.post(
        reverse("exports:start", args=[dataset.pk]), {"snapshot": str(before.pk), "format": "csv"}
    )
    client.post(reverse("exports:delete_snapshot", args=[after.pk]))

    assert "before" in listed
    assert "Value of grade" in page
    assert started["Location"].startswith("/exports/")
    assert ExportJob.objects.latest("created_at").snapshot == before
    assert [each.name for each in Snapshot.objects.all()] == ["before"]
    assert not after.path.exists()
    assert client.post(rows, {"name": " "}).status_code == 302
    assert client.get(reverse("exports:snapshot", args=[after.pk])).status_code == 404


def test_the_api_makes_lists_and_exports_one(client, dataset):
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)
    body = {"dataset": str(dataset.pk), "format": "values"}

    def run(**more):
        response = client.post("/vlm/v2/export/", body | more, content_type="application/json")
        assert response.status_code == 201, response.json()
        jobs.write_export(response.json()["id"])
        return ExportJob.objects.get(pk=response.json()["id"])

    first = run(snapshot_name="kept")
    (row,) = client.get("/vlm/v2/snapshot/", {"dataset": str(dataset.pk)}).json()["results"]
    change_everything(dataset)
    again = run(snapshot=row["id"])
    other = body | {"dataset": str(make_shape().pk), "snapshot": row["id"]}

    assert (row["name"], row["samples"], row["sha256"]) == ("kept", 4, first.snapshot.sha256)
    assert stored.read(first.stored_name) == stored.read(again.stored_name)
    assert client.post("/vlm/v2/export/", other, content_type="application/json").status_code == 400
    assert client.delete(f"/vlm/v2/snapshot/{row['id']}/").status_code == 204
    assert not Snapshot.objects.exists()


def test_the_command_exports_a_snapshot(dataset, tmp_path):
    snapshot = snapshot_of(dataset)
    live = export_bytes(dataset, "csv")
    change_everything(dataset)
    options = {"dataset": "Another name", "format": "csv", "output": tmp_path / "a.zip"}

    call_command("export", snapshot="first", **options)

    assert snapshot.name == "first"
    assert (tmp_path / "a.zip").read_bytes() == live
    with pytest.raises(CommandError, match="no snapshot"):
        call_command("export", snapshot="x", **(options | {"output": tmp_path / "b.zip"}))


def test_outsiders_and_annotators_see_no_snapshot(client, dataset):
    snapshot = snapshot_of(dataset)
    address = reverse("exports:snapshot", args=[snapshot.pk])
    delete = reverse("exports:delete_snapshot", args=[snapshot.pk])

    for member, status in (
        (make_member(Role.ADMIN), 404),
        (make_member(Role.ANNOTATOR, workspace=dataset.workspace), 403),
        (make_member(Role.REVIEWER, workspace=dataset.workspace), 200),
    ):
        client.force_login(member.user)
        assert client.get(address).status_code == status
        assert client.post(delete).status_code in {403, 404}
    assert VALUES["grade"] == 8.5
    assert Snapshot.objects.exists()
