"""The icons in use, drawn once per page as a sprite; each place then only points at its symbol."""

from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Names of lucide.dev. An icon that isn't here can't be drawn: the sprite rides along on every page.
# fmt: off
NAMES = frozenset({
    "activity", "arrow-right", "ban", "bell", "boxes", "brain", "chart-line", "check", "check-check",
    "chevron-down", "chevron-left", "chevron-right", "chevron-up", "chevrons-up-down", "circle",
    "circle-alert", "circle-check", "circle-dashed", "circle-dot", "circle-x", "clock", "cloud-upload",
    "columns-2", "contrast",
    "copy", "database", "download", "ellipsis", "external-link", "eye", "file-archive",
    "file-text", "flag", "folder", "git-compare", "history", "house", "image", "images", "inbox",
    "info", "key-round", "keyboard", "layers", "link", "loader", "lock", "log-out", "maximize",
    "menu", "message-square", "minus", "monitor", "moon", "octagon-pause", "pencil", "play",
    "plus", "refresh-cw", "rotate-cw", "search", "server", "settings", "skip-forward",
    "sparkles",
    "square-check", "star", "sun", "tags", "trash-2", "triangle-alert", "undo-2", "upload",
    "user", "users", "x", "zoom-in", "zoom-out",
})
# fmt: on


@cache
def sprite() -> SafeString:
    """All icons as ``<symbol id="i-NAME">``. Read from the package once per process."""
    archive = files("lucide").joinpath("lucide.zip").read_bytes()
    with ZipFile(BytesIO(archive)) as icons:
        symbols = [(name, _shapes(icons.read(f"{name}.svg"))) for name in sorted(NAMES)]
    return format_html(
        '<svg hidden="" aria-hidden="true">{}</svg>',
        format_html_join("", '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>', symbols),
    )


def _shapes(svg: bytes) -> SafeString:
    """The shapes inside an icon; stroke and size come from ``.icon`` in the style sheet."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - a file of an installed package
    shapes = ((node.tag.partition("}")[2], flatatt(dict(node.attrib))) for node in root)
    return format_html_join("", "<{}{}/>", shapes)


@lru_cache(maxsize=1000)
def icon(name: str, *, label: str = "", css: str = "") -> SafeString:
    """One icon: decoration that screen readers pass over, unless it has a label.

    Raises ValueError for a name that isn't in NAMES.
    """
    if name not in NAMES:
        raise ValueError(f"no icon {name!r}: add it to annotator.ui.icons.NAMES")
    said = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    classes = f"icon {css}".strip()
    return format_html('<svg class="{}"{}><use href="#i-{}"/></svg>', classes, flatatt(said), name)
