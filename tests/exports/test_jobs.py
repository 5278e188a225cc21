"""An export by the worker: progress, cancel, its file, the link that ends, and what a lost worker leaves."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.errors import BadInput, WrongState
from annotator.exports import actions, jobs, writing
from annotator.exports.formats import FORMATS
from annotator.exports.formats.values import ValuesExport
from annotator.exports.links import link_to
from annotator.exports.models import ExportJob
from annotator.leases import MAX_LOSSES
from annotator.storage.folder import path_of
from tests.exports.shapes import add_sample, make_shape
from tests.factories import make_member

pytestmark = pytest.mark.django_db
State = ExportJob.State


@pytest.fixture
def dataset():
    dataset = make_shape()
    for number in range(3):
        add_sample(dataset, name=str(number), test=number == 2)
    return dataset


@pytest.fixture
def admin(dataset):
    return make_member(Role.ADMIN, workspace=dataset.workspace)


def start(dataset, query="", name="trl"):
    return actions.start(dataset, by=None, format_name=name, query=query)


def written(dataset, query="", name="trl"):
    job = start(dataset, query, name)
    jobs.write_export(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_worker_writes_what_the_page_would_send(dataset):
    job = written(dataset, "states=approved", "csv")

    export = writing.export_for(dataset, format_name="csv", query="states=approved")
    assert path_of(job.stored_name).read_bytes() == b"".join(export.stream())
    assert (job.state, job.done, job.total) == (State.DONE, 3, 3)
    assert job.counts == {"train": 2, "test": 1, "left_out": 0}
    assert (job.pictures, job.pictures_done) == (3, 3)
    assert job.size_bytes == path_of(job.stored_name).stat().st_size
    assert job.is_downloadable
    assert list(path_of(job.stored_name).parent.iterdir()) == [path_of(job.stored_name)]


def test_what_makes_no_sense_is_refused_before_it_is_queued(dataset):
    refused = [("states=gone", "trl"), ("", "tar"), ("q=nothing", "trl")]
    for query, name in (*refused, ("pictures=links", "webdataset")):
        with pytest.raises(BadInput):
            start(dataset, query, name)
    assert not ExportJob.objects.exists()


def test_the_page_starts_a_large_one_and_shows_its_progress(client, admin, dataset, settings):
    settings.EXPORT_JOB_SAMPLES = 2
    client.force_login(admin.user)
    choose, begin = (reverse(f"exports:{name}", args=[dataset.pk]) for name in ("choose", "start"))

    large = client.get(choose).text
    small = client.get(choose + "?split=test").text
    response = client.post(begin, {"format": "csv", "select": "split=train"})
    job = ExportJob.objects.get()
    page = client.get(response["Location"]).text
    client.post(reverse("exports:cancel", args=[job.pk]))

    assert "Prepare zip" in large
    assert "Download zip" in small
    assert response["Location"] == reverse("exports:show", args=[job.pk])
    assert "0 of 2" in page
    assert "split=train" in page
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert client.post(begin, {"format": "csv", "select": "q=none"}).status_code == 302
    assert ExportJob.objects.count() == 1


def test_cancelling_ends_the_writing_and_leaves_no_file(dataset, monkeypatch, exports_root):
    job = start(dataset)
    lines = ValuesExport.lines

    def slow_lines(self, split):
        for line in lines(self, split):
            ExportJob.objects.update(cancel_requested_at=timezone.now())
            yield line

    monkeypatch.setattr(writing, "RENEW_SECONDS", 0)
    monkeypatch.setattr(FORMATS["trl"], "lines", slow_lines)
    monkeypatch.setattr(FORMATS["trl"], "record", lambda self, row, rendered, names: {})
    jobs.write_export(str(job.pk))

    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not list(exports_root.iterdir())
    with pytest.raises(WrongState):
        actions.cancel(job, by=None)


def test_cancelling_when_the_file_is_whole_leaves_none(dataset, monkeypatch, exports_root):
    job = start(dataset)
    write_file = writing.write_file

    def write_and_cancel(*args):
        result = write_file(*args)
        ExportJob.objects.update(cancel_requested_at=timezone.now())
        return result

    monkeypatch.setattr(writing, "write_file", write_and_cancel)
    jobs.write_export(str(job.pk))

    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not list(exports_root.iterdir())


def test_a_failure_is_said(dataset, monkeypatch):
    job = start(dataset, "variable=grade")
    dataset.variables.filter(name="grade").update(removed_at=timezone.now())

    jobs.write_export(str(job.pk))

    job.refresh_from_db()
    assert (job.state, job.error) == (State.FAILED, "There is no variable “grade”.")


def test_an_export_of_a_lost_worker_begins_anew(dataset, enqueued):
    job = start(dataset)
    ExportJob.objects.filter(pk=job.pk).take(state=State.RUNNING)
    jobs.write_export(str(job.pk))
    assert ExportJob.objects.get().state == State.RUNNING  # held by the other

    ExportJob.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    jobs.sweep()
    jobs.write_export(str(job.pk))

    assert enqueued == [str(job.pk)]
    assert ExportJob.objects.get().state == State.DONE


def test_what_lost_its_worker_ends_where_it_is_to_stop_or_has_lost_too_many(dataset, enqueued):
    stopped, lost, held = (start(dataset) for _ in range(3))
    for job in (stopped, lost, held):
        ExportJob.objects.filter(pk=job.pk).take(state=State.RUNNING)
    assert stopped.request_cancel()
    assert not stopped.request_cancel()  # it is to stop already
    ExportJob.objects.filter(pk=lost.pk).update(losses=MAX_LOSSES - 1)
    past = timezone.now() - timedelta(seconds=1)
    ExportJob.objects.exclude(pk=held.pk).update(leased_until=past)

    jobs.sweep()

    for job, state in ((stopped, State.CANCELLED), (lost, State.FAILED), (held, State.RUNNING)):
        job.refresh_from_db()
        assert (job.state, bool(job.ended_at)) == (state, state != State.RUNNING)
    assert "stopped unexpectedly" in lost.error
    assert enqueued == []


@pytest.fixture
def enqueued(monkeypatch):
    """The ids that the sweep enqueues."""
    ids = []
    monkeypatch.setattr(jobs, "enqueue_on_commit", lambda job, pk: ids.append(pk))
    return ids


def test_the_link_needs_no_sign_in_and_ends(client, dataset, settings):
    job = written(dataset)
    link = link_to(job)

    response = client.get(link)
    data = response.getvalue()
    forged = client.get(link.replace("archive/", "archive/x"))
    settings.EXPORT_LINK_SECONDS = -1
    ended = client.get(link)

    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert "attachment" in response["Content-Disposition"]
    assert (forged.status_code, ended.status_code) == (404, 410)


def test_a_file_is_deleted_after_its_time_or_before(client, admin, dataset, exports_root):
    old, new = written(dataset), written(dataset)
    client.force_login(admin.user)
    ExportJob.objects.filter(pk=old.pk).update(expires_at=timezone.now())

    jobs.sweep()
    gone = client.get(reverse("exports:file", args=[old.pk]))
    kept = client.get(reverse("exports:file", args=[new.pk]))
    assert kept.getvalue()  # which closes it
    client.post(reverse("exports:delete", args=[new.pk]))

    assert (gone.status_code, kept.status_code) == (404, 200)
    assert not list(exports_root.iterdir())
    assert set(ExportJob.objects.values_list("state", flat=True)) == {State.EXPIRED}
    with pytest.raises(WrongState):
        actions.delete(new, by=None)


def test_files_that_no_row_needs_are_removed_after_a_day(dataset, exports_root, monkeypatch):
    job = written(dataset)
    (exports_root / "0.zip").touch()
    (exports_root / ".1.zip.part").touch()

    assert jobs.remove_leftovers() == 0
    monkeypatch.setattr(jobs, "LEFTOVER_SECONDS", -1)
    assert jobs.remove_leftovers() == 2

    assert [path.name for path in exports_root.iterdir()] == [path_of(job.stored_name).name]


def test_the_api_starts_watches_and_fetches(client, admin, dataset):
    client.force_login(admin.user)
    body = {"dataset": str(dataset.pk), "format": "values", "select": "split=test"}

    started = client.post("/vlm/v2/export/", body, content_type="application/json")
    address = f"/vlm/v2/export/{started.json()['id']}/"
    early = client.get(address + "request-download/")
    jobs.write_export(started.json()["id"])
    row = client.get(address).json()
    link = client.get(address + "request-download/").json()["download_url"]
    client.logout()
    response = client.get(link)
    data = response.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (line,) = archive.read("test.jsonl").splitlines()

    assert (started.status_code, early.status_code) == (201, 404)
    assert (row["state"], row["samples"]["test"], row["seconds_left"]) == ("done", 1, None)
    assert json.loads(line)["name"] == "2"
    client.force_login(admin.user)
    refused = client.post(
        "/vlm/v2/export/", body | {"select": "v.no=1"}, content_type="application/json"
    )
    assert refused.status_code == 400
    assert client.post(address + "cancel/", {}, "application/json").status_code == 409
    assert client.delete(address).status_code == 204
    assert client.get(address).json()["state"] == "expired"


def test_an_estimate_comes_once_there_is_something_to_measure(dataset):
    job = ExportJob(dataset=dataset, state=State.RUNNING, total=100, done=0)
    assert (job.seconds_left, job.samples_per_second) == (None, None)

    job.started_at, job.done = timezone.now() - timedelta(seconds=10), 25

    assert job.samples_per_second == pytest.approx(2.5, rel=0.05)
    assert job.seconds_left == pytest.approx(30, rel=0.05)
    job.done = 101  # one has come since they were counted
    assert (job.seconds_left, job.samples_per_second) == (0, None)
