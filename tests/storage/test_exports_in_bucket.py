"""Exports with a bucket: written there, fetched from there, deleted there."""

import zipfile
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import AuditEvent, Role
from annotator.errors import StorageUnavailable
from annotator.exports import actions as exports
from annotator.exports import jobs as export_jobs
from annotator.exports.links import link_to
from annotator.exports.models import ExportJob
from annotator.images import files
from annotator.storage import files as stored
from tests.exports.shapes import add_sample, make_shape
from tests.factories import make_member
from tests.storage.test_app_with_bucket import content, unavailable
from tests.storage.test_bucket import get

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def exported(bucket, settings, tmp_path):
    """An export that a worker wrote to the bucket."""
    settings.EXPORTS_ROOT = tmp_path / "exports"
    dataset = make_shape()
    for number in range(2):
        add_sample(dataset, name=str(number), test=number == 1)
    job = exports.start(dataset, by=None, format_name="trl", query="")
    export_jobs.write_export(str(job.pk))
    job.refresh_from_db()
    assert job.state == ExportJob.State.DONE, job.error
    return job


@pytest.mark.parametrize("in_memory_bytes", [20_000_000, 100])
def test_an_export_is_written_to_the_bucket_with_its_pictures(
    exported, client, tmp_path, monkeypatch, in_memory_bytes
):
    monkeypatch.setattr("annotator.downloads.IN_MEMORY_BYTES", in_memory_bytes)
    admin = make_member(Role.ADMIN, workspace=exported.dataset.workspace)
    client.force_login(admin.user)

    body = content(client.get(reverse("exports:file", args=[exported.pk])))

    assert not list((tmp_path / "exports").iterdir())
    assert len(body) == exported.size_bytes
    with zipfile.ZipFile(BytesIO(body)) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.startswith("images/")]
        assert len(names) == 2
        for name in names:
            assert archive.read(name) == stored.read(files.stored_name(*name[7:].split(".")))


def test_its_links_lead_to_the_bucket_where_that_is_set(exported, settings, client):
    settings.S3_LINK_SECONDS = 60

    response = client.get(link_to(exported))

    assert response.status_code == 302
    status, headers, body = get(response["Location"])
    assert (status, len(body)) == (200, exported.size_bytes)
    assert headers["Content-Type"] == "application/zip"
    assert exported.file_name in headers["Content-Disposition"]


def test_its_file_is_deleted_with_it_and_when_it_has_had_its_time(exported, bucket):
    ExportJob.objects.update(expires_at=timezone.now())

    export_jobs.sweep()

    assert not bucket.has(exported.stored_name)
    exported.refresh_from_db()
    assert exported.state == ExportJob.State.EXPIRED


def test_deleting_it_is_in_the_audit_log_also_while_the_storage_fails(
    exported, bucket, settings, monkeypatch
):
    unavailable(settings, monkeypatch)

    with pytest.raises(StorageUnavailable):
        exports.delete(exported, by=None)

    assert bucket.has(exported.stored_name)
    exported.refresh_from_db()
    assert exported.state == ExportJob.State.EXPIRED
    assert AuditEvent.objects.filter(action="export.delete").exists()


def test_an_export_fails_with_the_reason_while_the_storage_does(
    bucket, settings, monkeypatch, tmp_path
):
    settings.EXPORTS_ROOT = tmp_path / "exports"
    dataset = make_shape()
    add_sample(dataset, name="one")
    job = exports.start(dataset, by=None, format_name="csv", query="")
    unavailable(settings, monkeypatch)

    export_jobs.write_export(str(job.pk))

    job.refresh_from_db()
    assert (job.state, job.error) == (
        ExportJob.State.FAILED,
        "The object storage does not answer",
    )
