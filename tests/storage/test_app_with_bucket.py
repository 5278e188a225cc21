"""The app with its pictures and exports in a bucket: stored, served, exported, trained on, swept."""

import base64
import json
import os
import time

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotator.accounts.models import Role, Scope
from annotator.errors import StorageUnavailable
from annotator.exports import jobs as export_jobs
from annotator.images import actions, files, sweeps
from annotator.images.models import Image
from annotator.storage import files as stored
from annotator.storage import folder
from annotator.training import pictures
from tests.factories import (
    make_image,
    make_member,
    make_object,
    make_token,
    make_user,
    make_workspace,
    original_path,
)
from tests.object_store import use_bucket
from tests.pictures import opened, picture
from tests.storage.test_bucket import get

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ["preview_url", "original_url"]


@pytest.fixture
def member():
    return make_member(Role.ADMIN)


def content(response):
    return b"".join(response) if response.streaming else response.content


def unavailable(settings, monkeypatch):
    """From now on nobody answers for the bucket."""
    use_bucket(settings, "http://127.0.0.1:9")
    monkeypatch.setattr("annotator.storage.bucket.ATTEMPTS", 1)


def test_a_picture_is_in_the_bucket_and_its_small_copies_on_the_disk(bucket, media_folder):
    data = picture(700, 300, kind="JPEG")

    image, _ = actions.store_image(make_workspace(), data, name="a.jpg")

    assert not original_path(image).exists()
    assert [each.name for each in bucket.entries("originals")] == [files.original_name(image)]
    assert files.is_intact(image)
    assert opened(files.preview(image)).size == (700, 300)
    assert opened(files.crop(make_object(image, box=[0, 0, 100, 50]))).size == (100, 50)
    kept = {path.relative_to(media_folder).parts[0] for path in media_folder.rglob("*.*")}
    assert kept == {"thumbs", "previews", "crops"}


def test_a_heavy_picture_is_moved_there_from_the_child(bucket, media_folder, monkeypatch):
    monkeypatch.setattr("annotator.images.weight.LIGHT_BYTES", 0)

    image = make_image()

    assert files.is_intact(image)
    assert not list((media_folder / "incoming").rglob("*.tmp"))


def test_the_same_picture_again_costs_one_question(bucket):
    image = make_image(seed=1)
    asked, events = [], bucket.client.meta.events
    events.register(
        "before-send.s3", lambda request, **_: asked.append(request.method), unique_id="asked"
    )

    again, is_new = actions.store_image(image.workspace, picture(seed=1))

    events.unregister("before-send.s3", unique_id="asked")
    assert (again, is_new) == (image, False)
    assert asked == ["HEAD"]


def test_a_lost_file_comes_back_with_the_next_upload(bucket):
    image = make_image(seed=1)
    bucket.remove(files.original_name(image))
    assert not files.is_kept(image)

    actions.store_image(image.workspace, picture(seed=1))

    assert files.is_intact(image)


@pytest.mark.parametrize("kind", KINDS)
def test_the_app_sends_it_to_who_may_see_it_and_to_nobody_else(bucket, client, member, kind):
    image = make_image(member.workspace, width=700, height=300, kind="JPEG")
    url = getattr(image, kind)
    assert client.get(url).status_code == 401
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.force_login(member.user)

    response = client.get(url)

    assert response.status_code == 200
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    body = content(response)
    assert int(response["Content-Length"]) == len(body)
    assert opened(body).width <= 700
    again = client.get(url, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_a_short_link_to_the_original_is_made_only_for_who_may_see_it(
    bucket, settings, client, member
):
    settings.S3_LINK_SECONDS = 60
    image = make_image(member.workspace, kind="JPEG")
    assert client.get(image.original_url).status_code == 401
    client.force_login(make_member(Role.ADMIN).user)
    assert client.get(image.original_url).status_code == 404
    client.force_login(member.user)

    response = client.get(image.original_url)

    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    status, headers, body = get(response["Location"])
    assert (status, body) == (200, stored.read(files.original_name(image)))
    assert headers["Content-Type"] == "image/jpeg"
    assert client.get(image.thumb_url).status_code == 200  # the app's own copy


def test_a_token_is_not_sent_on_to_the_bucket(bucket, settings, client, member):
    settings.S3_LINK_SECONDS = 60
    image = make_image(member.workspace)
    plain = make_token(member, scope=Scope.READ)

    response = client.get(image.original_url, headers={"Authorization": f"Token {plain}"})

    assert response.status_code == 302
    assert plain not in response["Location"]


def test_a_lost_file_is_drawn_as_missing(bucket, client, member):
    image = make_image(member.workspace)
    bucket.remove(files.original_name(image))
    client.force_login(member.user)

    response = client.get(image.original_url)

    assert response.status_code == 404
    assert b"File missing" in response.content


def test_while_the_storage_fails_nothing_is_stored_and_the_caller_may_try_again(
    bucket, settings, monkeypatch, client, member
):
    kept = make_image(member.workspace)
    unavailable(settings, monkeypatch)
    token = {"Authorization": f"Token {make_token(member)}"}
    body = {"base64": base64.b64encode(picture(seed=8)).decode()}

    upload = client.post(
        "/recognition/v2/training-image/", body, content_type="application/json", headers=token
    )
    shown = client.get(kept.original_url, headers=token)

    for response in (upload, shown):
        assert response.status_code == 503
        assert "object storage does not answer" in response.content.decode()
        assert response["Retry-After"] == "10"
    assert Image.objects.count() == 1
    assert client.get(kept.thumb_url, headers=token).status_code == 200


def test_an_upload_with_an_idempotency_key_is_stored_before_its_transaction(bucket, client, member):
    headers = {"Authorization": f"Token {make_token(member)}", "Idempotency-Key": "one"}
    body = {"base64": base64.b64encode(picture(seed=8)).decode()}
    url = "/recognition/v2/training-image/"

    first = client.post(url, body, content_type="application/json", headers=headers)
    again = client.post(url, body, content_type="application/json", headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert files.is_intact(Image.objects.get())


def test_an_attempt_is_not_counted_against_a_mirrored_picture(bucket, settings, monkeypatch):
    from annotator.mirror.files import fetch_claimed
    from tests.factories import make_pending_image

    image = make_pending_image()
    unavailable(settings, monkeypatch)

    class Client:
        def download_image(self, url, *, max_bytes):
            return picture()

    with pytest.raises(StorageUnavailable):
        fetch_claimed(image.remote, Client(), [image])

    image.refresh_from_db()
    assert (image.state, image.fetch_attempts) == (Image.State.PENDING, 0)


def test_verify_media_says_that_the_storage_fails_and_marks_nothing(bucket, settings, monkeypatch):
    image = make_image()
    unavailable(settings, monkeypatch)

    with pytest.raises(CommandError, match=r"does not answer\. 0 files were checked"):
        call_command("verify_media", "--mark")

    image.refresh_from_db()
    assert image.state == Image.State.STORED


def test_leftovers_are_removed_from_the_bucket(bucket, monkeypatch):
    gone, kept = make_image(), make_image()
    gone_name = files.original_name(gone)
    gone.delete()
    bucket.keep("exports/of-nobody.zip", b"zip")
    cache.clear()
    assert sweeps.sweep_folder(gone_name[10:12]) == 0  # young

    monkeypatch.setattr(sweeps, "KEEP_SECONDS", -3600)
    monkeypatch.setattr(export_jobs, "LEFTOVER_SECONDS", -3600)
    for name in (gone_name, files.original_name(kept)):
        sweeps.sweep_folder(name[10:12])
    cache.clear()
    export_jobs.remove_leftovers()

    assert [each.name for each in bucket.entries("originals")] == [files.original_name(kept)]
    assert not list(bucket.entries("exports"))


def test_a_job_folder_gets_its_pictures(bucket, tmp_path):
    in_bucket, here = make_image(), make_image()
    folder.save(files.original_name(here), stored.read(files.original_name(here)))
    bucket.remove(files.original_name(here))
    places = [pictures.place_of(image) for image in (in_bucket, here)]
    gone = f"pictures/{'0' * 64}.png"
    line = {"images": [*places, gone], "parts": [{"path": places[0]}]}
    (tmp_path / "samples.jsonl").write_text(json.dumps(line) + "\n")

    pictures.bring(tmp_path, hold=lambda: None)

    for image, place in zip((in_bucket, here), places, strict=True):
        assert (tmp_path / place).read_bytes() == stored.read(files.original_name(image))
    assert not (tmp_path / gone).exists()


def test_a_run_that_goes_on_finds_its_pictures_after_they_were_moved(bucket, tmp_path):
    image = make_image()
    old = original_path(image)  # which the run's lines have from before there was a bucket
    line = {"images": [str(old)]}
    (tmp_path / "samples.jsonl").write_text(json.dumps(line) + "\n")

    pictures.bring(tmp_path, hold=lambda: None)

    assert old.read_bytes() == bucket.read(files.original_name(image))


def test_an_old_temporary_file_of_a_copy_is_swept(bucket, media_folder):
    image = make_image()
    with files.at_hand(files.original_name(image)) as path:
        assert opened(path.read_bytes()).size == (64, 48)
        os.utime(path, (time.time() - 2 * sweeps.KEEP_SECONDS,) * 2)
        assert sweeps.sweep_folder("00") >= 1
    assert not path.exists()


def test_the_system_page_says_where_files_are(
    bucket, settings, client, member, monkeypatch, media_folder
):
    settings.S3_BUCKET, settings.S3_ENDPOINT = "annotator", "http://store"
    client.force_login(member.user)
    cache.clear()
    make_image()
    settings.STORAGE = "local"
    before = client.get(reverse("home:system")).content.decode()
    settings.STORAGE = "s3"
    cache.clear()
    settings.S3_LINK_SECONDS = 300
    after = client.get(reverse("home:system")).content.decode()
    unavailable(settings, monkeypatch)
    cache.clear()
    failing = client.get(reverse("home:system")).content.decode()

    assert "move_files --to local" in before
    assert "<code>annotator</code> of http://store, sent by" in after
    assert "move_files" not in after
    assert "does not answer" not in after
    assert "does not answer" in failing
