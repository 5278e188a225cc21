"""Markdown as HTML: what somebody wrote is shown with pictures of the workspace, and can do nothing else.

CommonMark with tables; HTML in the text stays text. A picture is `![what it shows](image:ID)`, with the id of
an image of the workspace: anything else is shown as its words, so that no page loads from another server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from annotator.accounts.models import Workspace
from annotator.images.models import Image

SCHEME = "image:"
IMAGE_ID = re.compile(r"image:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
TAGS = {
    *(
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "blockquote",
        "pre",
        "code",
        "strong",
        "em",
        "s",
    ),
    *("ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
LOWEST = 6  # heading


def rendered(text: str, workspace: Workspace) -> SafeString:
    """The text as safe HTML. One query where it names pictures, else none."""
    ids = set(IMAGE_ID.findall(text))
    images = Image.objects.filter(workspace=workspace, pk__in=ids) if ids else []
    addresses = {f"{SCHEME}{image.pk}": image.preview_url for image in images}
    tokens = _markdown().parse(text)
    for token in _all(tokens):
        _adapt(token, addresses)
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return mark_safe(_sanitized(html))  # noqa: S308 - nothing but TAGS and ATTRIBUTES is left


def picture_text(image: Image) -> str:
    """What shows the image, to be put into a text."""
    words = re.sub(r"[\[\]\\\n]", " ", str(image)).strip()
    return f"![{words}]({SCHEME}{image.pk})"


def _sanitized(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _all(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _adapt(token: Token, addresses: Mapping[str, str]) -> None:
    """A heading is one below the page's own; a picture gets its address, or is its words."""
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1:]) + 1, LOWEST)}"
    if token.type == "image":
        address = addresses.get(str(token.attrGet("src")))
        if address is None:
            token.type, token.content = "text", token.content or "(picture)"
        else:
            token.attrSet("src", address)
