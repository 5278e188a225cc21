"""The one place that serves image files: to members and their tokens, never by guessed names or types."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from annotator.accounts.models import ApiToken, User, token_digest
from annotator.accounts.permissions import Action, mark
from annotator.images import files
from annotator.images.models import DetectionObject, Image

log = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]

TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
PLACEHOLDER = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" role="img">
<rect width="320" height="240" fill="#8883"/>
<path d="M104 84h112v72H104zM104 138l32-28 24 20 24-26 32 34" fill="none" stroke="#888" stroke-width="4"/>
<text x="160" y="192" fill="#888" font-family="sans-serif" font-size="18" text-anchor="middle">{}</text>
</svg>"""


def for_reader(view: View) -> View:
    """Give the view the person whose session or API token (any scope) came with the request.

    401 for nobody: an <img> has no use for a sign-in page, and a mirror learns that its token is bad.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reader = _reader(request)
        if reader is None:
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Token"})
        return view(request, reader, *args, **kwargs)

    return mark(checked, Action.READ)


def _reader(request: HttpRequest) -> User | None:
    """The header goes before the cookie: who sends a token means it."""
    keyword, _, plain = request.headers.get("Authorization", "").partition(" ")
    if keyword.lower() == "token":
        found = ApiToken.objects.usable().filter(digest=token_digest(plain.strip()))
        token = found.select_related("user").first()
        return token.user if token else None
    return request.user if request.user.is_authenticated else None


@require_safe
@for_reader
def file(
    request: HttpRequest, reader: User, image_id: Any, kind: str, name: str
) -> HttpResponseBase:
    """A picture as thumb, preview or original."""
    image = get_object_or_404(Image.objects.open_to(reader), pk=image_id)
    urls = {
        "thumb": image.thumb_url,
        "preview": image.preview_url,
        "original": image.original_url,
    }
    if kind not in urls:
        raise Http404
    if not image.is_stored:
        return placeholder(image.get_state_display())
    if not urls[kind].endswith(f"/{name}"):
        return _elsewhere(name, urls[kind])
    if kind == "original":
        return _served(request, name, lambda: files.original_path(image).open("rb"), image.pk)
    make = files.thumb if kind == "thumb" else files.preview
    return _served(request, name, lambda: make(image), image.pk)


@require_safe
@for_reader
def crop(request: HttpRequest, reader: User, object_id: Any, name: str) -> HttpResponseBase:
    """A detection object, cut out of its image."""
    objects = DetectionObject.objects.open_to(reader).select_related("image")
    found = get_object_or_404(objects, pk=object_id)
    if not found.image.is_stored:
        return placeholder(found.image.get_state_display())
    if not found.crop_url.endswith(f"/{name}"):
        return _elsewhere(name, found.crop_url)
    return _served(request, name, lambda: files.crop(found), found.image_id)


def placeholder(words: str) -> HttpResponse:
    """A drawing for people and a 404 for scripts, until the file is here."""
    response = HttpResponse(PLACEHOLDER.format(words), content_type="image/svg+xml", status=404)
    return _sealed(response, cache="private, no-store")


def _elsewhere(name: str, url: str) -> HttpResponseBase:
    """From the address that a picture had while it was awaited to the one it has; no other is known."""
    if name != "awaited.svg":
        raise Http404
    return _sealed(redirect(url), cache="private, no-store")


def _served(
    request: HttpRequest, name: str, read: Callable[[], Any], image_id: Any
) -> HttpResponseBase:
    """The content, or 304 for who has it already. `read` gives bytes, or a file to be streamed."""
    cache = "private, max-age=31536000, immutable"
    etag = f'"{name}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        content_type = TYPES[name.rsplit(".", 1)[-1]]
        try:
            content = read()
        except FileNotFoundError:
            log.error("image %s: the file is missing; run manage.py verify_media", image_id)
            return placeholder("File missing")
        answer = HttpResponse if isinstance(content, bytes) else FileResponse
        response = answer(content, content_type=content_type)
        response["Content-Disposition"] = f'inline; filename="{name}"'
    response["ETag"] = etag
    return _sealed(response, cache=cache)


def _sealed(response: Any, *, cache: str) -> Any:
    """Nothing in a picture can act as a page: RELIABILITY 6.5."""
    response["Cache-Control"] = cache
    response["Vary"] = "Cookie, Authorization"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
