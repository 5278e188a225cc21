"""Serves image files to members and their tokens. Only this module does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from annotator.accounts.limits import refuse_guess
from annotator.accounts.models import ApiToken, User, token_digest
from annotator.accounts.permissions import Action, mark
from annotator.downloads import file_response
from annotator.images import files
from annotator.images.models import DetectionObject, Image

log = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]

COPIES = {
    "thumb": files.thumb,
    "mini": files.mini,
    "medium": files.medium,
    "preview": files.preview,
}
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
PLACEHOLDER = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" role="img">
<rect width="320" height="240" fill="#8883"/>
<path d="M104 84h112v72H104zM104 138l32-28 24 20 24-26 32 34" fill="none" stroke="#888" stroke-width="4"/>
<text x="160" y="192" fill="#888" font-family="sans-serif" font-size="18" text-anchor="middle">{}</text>
</svg>"""


def for_reader(view: View) -> View:
    """Pass the view the user of the request's session or API token (of any scope).

    401 without one: an <img> cannot use a sign-in page, and a mirror learns that its token is invalid. Wrong
    tokens are counted with the API's, and refused (429) when they are too many; nothing else is.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reader = _reader(request)
        if reader is None:
            refusal = refuse_guess(request) if "Authorization" in request.headers else None
            return refusal or HttpResponse(status=401, headers={"WWW-Authenticate": "Token"})
        return view(request, reader, *args, **kwargs)

    return mark(checked, Action.READ)


def _reader(request: HttpRequest) -> User | None:
    """By the Authorization header, else by the session."""
    keyword, _, plain = request.headers.get("Authorization", "").partition(" ")
    if keyword.lower() == "token":
        tokens = ApiToken.objects.usable().select_related("user")
        token = tokens.filter(digest=token_digest(plain.strip())).first()
        return token.user if token else None
    return request.user if request.user.is_authenticated else None


@require_safe
@for_reader
def file(
    request: HttpRequest, reader: User, image_id: Any, kind: str, name: str
) -> HttpResponseBase:
    """A picture as thumb, mini, medium, preview or original."""
    image = get_object_or_404(Image.objects.open_to(reader), pk=image_id)
    urls = {
        "thumb": image.thumb_url,
        "mini": image.mini_url,
        "medium": image.medium_url,
        "preview": image.preview_url,
        "original": image.original_url,
    }
    if kind not in urls:
        raise Http404
    if not image.is_stored:
        return placeholder(image.get_state_display())
    if not urls[kind].endswith(f"/{name}"):
        return _moved(name, urls[kind])
    if kind == "original":
        return _file_response(request, name, lambda: _original(image, name), image.pk)
    return _file_response(request, name, lambda: _copy(COPIES[kind](image), name), image.pk)


@require_safe
@for_reader
def crop(request: HttpRequest, reader: User, object_id: Any, name: str) -> HttpResponseBase:
    """A detection object, cut out of its image."""
    objects = DetectionObject.objects.open_to(reader).select_related("image")
    detection_object = get_object_or_404(objects, pk=object_id)
    if not detection_object.image.is_stored:
        return placeholder(detection_object.image.get_state_display())
    if not detection_object.crop_url.endswith(f"/{name}"):
        return _moved(name, detection_object.crop_url)
    return _file_response(
        request, name, lambda: _copy(files.crop(detection_object), name), detection_object.image_id
    )


def placeholder(words: str) -> HttpResponse:
    """An SVG with a message and status 404, while there is no file."""
    response = HttpResponse(PLACEHOLDER.format(words), content_type="image/svg+xml", status=404)
    return _secured(response, cache="private, no-store")


def _moved(name: str, url: str) -> HttpResponseBase:
    """Redirect from the address that an image has without its file to its own; 404 for any other."""
    if name != "awaited.svg":
        raise Http404
    return _secured(redirect(url), cache="private, no-store")


def _original(image: Image, name: str) -> HttpResponseBase:
    return file_response(
        files.original_name(image), content_type=type_of(name), disposition=inline(name)
    )


def _copy(data: bytes, name: str) -> HttpResponseBase:
    headers = {"Content-Disposition": inline(name)}
    return HttpResponse(data, content_type=type_of(name), headers=headers)


def type_of(name: str) -> str:
    """The content type of a stored picture."""
    return TYPES[name.rsplit(".", 1)[-1]]


def inline(name: str) -> str:
    """The Content-Disposition of a picture that is shown."""
    return f'inline; filename="{name}"'


def _file_response(
    request: HttpRequest, name: str, respond: Callable[[], HttpResponseBase], image_id: Any
) -> HttpResponseBase:
    """The content, a redirect to it, or a 304."""
    etag = f'"{name}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = respond()
        except FileNotFoundError:
            log.error("image %s: the file is missing; run manage.py verify_media", image_id)
            return placeholder("File missing")
        if response.status_code == 302:  # the address ends before a cache would
            return _secured(response, cache="private, no-store")
    response["ETag"] = etag
    return _secured(response, cache="private, max-age=31536000, immutable")


def _secured(response: Any, *, cache: str) -> Any:
    """Add headers that keep a picture from acting as a page: docs/reliability.md#image-files."""
    response["Cache-Control"] = cache
    response["Vary"] = "Cookie, Authorization"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
