"""Template tags and filters of the look: ``{% load ui %}``."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotator import heartbeats
from annotator.ui import icons, words
from annotator.ui.bundles import SHEET, SHEETS, bundle_name, modules_of
from annotator.ui.states import look

register = template.Library()

register.filter("number", words.number)
register.filter("percent", words.percent)
register.filter("duration", words.duration)
register.filter("estimate", words.estimate)
register.filter("due", words.day)


@register.simple_tag
def sheets() -> SafeString:
    """``{% sheets %}`` → every style sheet; in production the one that holds them all."""
    has_bundles = getattr(staticfiles_storage, "has_bundles", False)
    names = [SHEET] if has_bundles else [f"css/{name}.css" for name in SHEETS]
    link = '<link rel="stylesheet" href="{}">'
    return format_html_join("\n", link, ((static(name),) for name in names))


@register.simple_tag
def modules(page: str) -> SafeString:
    """``{% modules "label" %}`` → the modules of this kind of page (bundles.PAGES), in production one."""
    has_bundles = getattr(staticfiles_storage, "has_bundles", False)
    names = [bundle_name(page)] if has_bundles else [f"js/{name}.js" for name in modules_of(page)]
    script = '<script type="module" src="{}"></script>'
    return format_html_join("\n", script, ((static(name),) for name in names))


@register.simple_tag
def sprite() -> SafeString:
    """All icons at once; base.html renders it, nobody else needs to."""
    return icons.sprite()


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """``{% icon "check" %}``; with a label it is read out, else it is decoration."""
    return icons.icon(name, label=label, css=css)


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """``{% ago sample.created_at %}`` → <time>3 min ago</time>, the exact moment in its title."""
    if moment is None:
        return "never"
    exact = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")
    pieces = moment.isoformat(), exact, words.ago(moment)
    return format_html('<time datetime="{}" title="{}">{}</time>', *pieces)


@register.simple_tag
@lru_cache(maxsize=1000)
def state(value: str, label: str = "") -> SafeString:
    """``{% state sample.state sample.get_state_display %}`` → a badge with shape and word."""
    shown = {"look": look(value), "label": label or str(value).replace("_", " ").capitalize()}
    return render_to_string("parts/_state.html", shown)


@register.inclusion_tag("parts/_worker_notice.html", takes_context=True)
def worker_notice(context: Context, queue: str = "") -> dict:
    """``{% worker_notice %}`` where a job was accepted: says when no worker has been heard of lately.

    With a ``queue``, which may have workers of its own, when none of these has. The heartbeat is the page's
    own where its view has read it.
    """
    if queue:
        heartbeat = heartbeats.newest_of(queue)
    elif "heartbeat" in context:
        heartbeat = context["heartbeat"]
    else:
        heartbeat = heartbeats.newest(heartbeats.last_ends())
    is_silent = heartbeats.is_silent(heartbeat)
    return {"is_silent": is_silent, "heartbeat": heartbeat, "queue": queue}


@register.inclusion_tag("parts/_field.html")
def field(bound, **extra) -> dict:
    """``{% field form.name %}``: label, help, control and errors of one form field.

    Extras: ``end`` (text at the right of the label), ``size`` ("half"), ``keys`` (see _field.html).
    """
    return {"field": bound, **extra}


@register.simple_tag
def tone(value: str) -> str:
    """The class that colours a part of a chart as its state."""
    return f"tone-{look(value).tone or 'none'}"


@register.simple_tag
def state_icon(value: str) -> SafeString:
    """The shape of a state alone, where its word stands beside it."""
    return icons.icon(look(value).icon)
