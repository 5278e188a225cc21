"""Image files over HTTP: to whom, and under which headers."""

import pytest
from django.utils import timezone

from annotator.accounts.models import ApiToken, Membership, Role, Scope
from annotator.images import actions
from annotator.images.models import Image
from tests.factories import (
    make_image,
    make_member,
    make_object,
    make_pending_image,
    make_token,
    make_user,
    make_workspace,
    original_path,
)
from tests.pictures import opened, picture

pytestmark = pytest.mark.django_db

KINDS = ["thumb_url", "mini_url", "medium_url", "preview_url", "original_url"]
WIDTHS = {"thumb_url": 512, "mini_url": 256}  # of a picture that is wider


@pytest.fixture
def member():
    return make_member(Role.ANNOTATOR)


@pytest.fixture
def image(member):
    return make_image(member.workspace, width=700, height=300, kind="JPEG")


def content(response):
    """The body; reading it to its end closes a streamed file."""
    return b"".join(response) if response.streaming else response.content


def etag_of(client, url):
    response = client.get(url)
    content(response)
    return response["ETag"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_gets_the_picture_under_sealed_headers(client, member, image, kind):
    client.force_login(member.user)
    url = getattr(image, kind)

    response = client.get(url)

    assert response.status_code == 200
    assert response["Content-Type"] == ("image/jpeg" if kind == "original_url" else "image/webp")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Content-Disposition"] == f'inline; filename="{url.rsplit("/", 1)[1]}"'
    assert opened(content(response)).width == WIDTHS.get(kind, 700)


def test_the_original_is_the_stored_file_byte_by_byte(client, member, image):
    client.force_login(member.user)

    body = content(client.get(image.original_url))

    assert body == original_path(image).read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_who_has_the_picture_is_told_so(client, member, image, kind):
    client.force_login(member.user)
    url = getattr(image, kind)
    etag = etag_of(client, url)

    response = client.get(url, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_else_gets_it_even_with_the_right_etag(client, member, image, kind):
    url = getattr(image, kind)
    client.force_login(member.user)
    etag = etag_of(client, url)
    client.logout()

    assert client.get(url, headers={"If-None-Match": etag}).status_code == 401

    for person in (make_user(), make_member(Role.ADMIN).user):
        client.force_login(person)
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 404


def test_who_left_the_workspace_loses_its_pictures_at_once(client, member, image):
    client.force_login(member.user)
    Membership.objects.filter(pk=member.pk).delete()

    assert client.get(image.thumb_url).status_code == 404


def test_who_was_deactivated_loses_them_by_session_and_by_token(client, member, image):
    plain = make_token(member, scope=Scope.READ)
    client.force_login(member.user)
    member.user.is_active = False
    member.user.save(update_fields=["is_active"])

    by_session = client.get(image.thumb_url)
    by_token = client.get(image.thumb_url, headers={"Authorization": f"Token {plain}"})

    assert (by_session.status_code, by_token.status_code) == (401, 401)


def test_a_token_of_any_scope_opens_the_pictures_of_its_owner(client, member, image):
    plain = make_token(member, scope=Scope.READ)

    response = client.get(image.preview_url, headers={"Authorization": f"Token {plain}"})

    assert response.status_code == 200


def test_a_revoked_or_a_strange_token_opens_nothing(client, member, image):
    plain = make_token(member, scope=Scope.READ)
    ApiToken.objects.update(revoked_at=timezone.now())
    client.force_login(member.user)

    for text in (f"Token {plain}", "Token ", "Token nonsense"):
        response = client.get(image.thumb_url, headers={"Authorization": text})
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Token"


def test_a_picture_opens_whichever_workspace_is_chosen(client, member, image):
    other = make_member(user=member.user, workspace=make_workspace())
    client.force_login(member.user)
    session = client.session
    session["workspace"] = str(other.workspace_id)
    session.save()

    assert client.get(image.thumb_url).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["x.webp", "..%2f..%2fsecret_key", "awaited.svg.webp", "a.html", "..\\x.webp"],
)
def test_a_made_up_name_is_not_found(client, member, image, name):
    client.force_login(member.user)

    for kind in ("thumb", "mini", "preview", "original", "secrets"):
        assert client.get(f"/images/{image.pk}/{kind}/{name}").status_code == 404


def test_a_picture_that_is_awaited_is_drawn_and_later_found(client, member):
    image = make_pending_image(member.workspace)
    client.force_login(member.user)
    awaited = image.thumb_url

    early = client.get(awaited)
    actions.fill_image(image, picture())
    late = client.get(awaited)

    assert early.status_code == 404
    assert early["Content-Type"] == "image/svg+xml"
    assert b"Waiting for its file" in early.content
    assert "no-store" in early["Cache-Control"]
    assert late.status_code == 302
    assert late["Location"] == Image.objects.get().thumb_url


def test_a_lost_file_is_drawn_as_missing(client, member, image, caplog):
    original_path(image).unlink()
    client.force_login(member.user)

    response = client.get(image.original_url)

    assert response.status_code == 404
    assert b"File missing" in response.content
    assert "verify_media" in caplog.text


def test_an_object_is_cut_out_of_its_image(client, member, image):
    thing = make_object(image, box=(-10, 20, 100, 60.4))
    client.force_login(member.user)

    response = client.get(thing.crop_url)

    assert opened(response.content).size == (100, 40)
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"


def test_a_changed_box_has_another_address_and_the_old_one_is_gone(client, member, image):
    thing = make_object(image)
    old = thing.crop_url
    thing.xmax = 50
    thing.save()
    client.force_login(member.user)

    assert thing.crop_url != old
    assert client.get(old).status_code == 404
    assert client.get(thing.crop_url).status_code == 200


def test_an_object_of_another_workspace_is_not_found(client, member):
    client.force_login(member.user)

    assert client.get(make_object().crop_url).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_files_can_only_be_read(client, member, image, method):
    client.force_login(member.user)

    assert getattr(client, method)(image.thumb_url).status_code == 405


def test_a_picture_costs_four_queries_at_most(client, member, image, django_assert_max_num_queries):
    client.force_login(member.user)

    with django_assert_max_num_queries(4):  # session, person, member, image
        client.get(image.thumb_url)
