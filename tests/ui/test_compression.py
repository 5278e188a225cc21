"""Pages and JSON are compressed where the browser accepts it; pictures and short answers are not."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse
from django.test import RequestFactory

from annotator.ui.middleware import compress

TEXT = "<p>A page that is long enough.</p>" * 100


def answered(response, **headers):
    """The response after the middleware."""
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"} | headers)
    return compress(lambda _: response)(request)


@pytest.mark.parametrize("response", [HttpResponse(TEXT), JsonResponse({"html": TEXT})])
def test_text_is_compressed(response):
    before = response.content

    response = answered(response)

    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert int(response["Content-Length"]) == len(response.content) < len(before) / 4
    assert gzip.decompress(response.content) == before


def test_its_length_tells_nothing_of_what_is_in_it():
    lengths = {len(answered(HttpResponse(TEXT)).content) for _ in range(50)}

    assert len(lengths) > 10


def test_an_etag_names_the_text_and_no_longer_the_bytes():
    assert answered(HttpResponse(TEXT, headers={"ETag": '"a"'}))["ETag"] == 'W/"a"'


def test_a_client_that_asks_for_none_gets_none():
    response = answered(HttpResponse(TEXT), **{"Accept-Encoding": "identity"})

    assert response.content.decode() == TEXT
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(b"x" * 5000, content_type="image/webp"),
        HttpResponse(TEXT, headers={"Content-Encoding": "br"}),
    ],
)
def test_what_gains_nothing_stays_as_it_is(response):
    before = response.content

    assert answered(response).content == before


@pytest.mark.django_db  # closing a response looks after the connections
def test_a_file_is_streamed_as_it_is(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(TEXT)

    response = answered(FileResponse(path.open("rb")))

    assert "Content-Encoding" not in response
    response.close()
