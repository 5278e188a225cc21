"""The HTML of a sample's page part: what is the same for most samples is rendered once in each process.

Each function gives what its template gives; what few samples have is rendered by the template itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from annotator.accounts.permissions import member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.forms import AnswerField
from annotator.annotation.queries import Pane
from annotator.datasets.rendering import Rendered
from annotator.ui.skeletons import filled
from annotator.ui.words import estimate, number

Context = Mapping[str, Any]
REASONS = ("closed", "holder", "wanted_by")  # for a notice above the form
URLS = ("preview_url", "original_url", "mini_url")
OF_PANE = ("number", "name", "width_px", "height_px", "size", "aspect_ratio", "srcset")


def frame_html(request: HttpRequest, context: Context) -> SafeString:
    """Pictures, form and bar. `context` is that of `work_context`."""
    sample, held_until, after = context["sample"], context["held_until"], context["after"]
    rendered, problems = context["rendered"], context["problems"]
    shape = {
        "closed": bool(context["closed"]),
        "can_undo": context["can_undo"],
        "can_reopen": context["can_reopen"],
        "skip_reasons": tuple(context["skip_reasons"]),
    }
    texts = {
        "name": sample,
        "dataset_name": sample.dataset.name,
        "idle_seconds": sample.dataset.idle_seconds,
        "username": member_of(request).user.get_username(),
        "csrf_token": get_token(request),
        "viewer": _viewer_html(context["panes"]),
        "notices": _notices_html(context),
        "guidelines": _guidelines_html(context),
        "fields": _fields_html(context),
        "rendered": rendered_html(rendered, problems),
        "rendered_state": _state_html(rendered, problems),
    }
    ids = {"sample_id": sample.pk, "dataset_id": sample.dataset_id}
    if held_until:
        texts["held_until"] = held_until
    if after:
        ids["after"] = after
    if context["answer"].is_returned:
        ids["returned_id"] = context["answer"].pk
    return filled("annotation/_frame.html", shape, texts, ids)


def head_html(context: Context, *, oob: bool) -> SafeString:
    """Where one is and how much is left; `oob` beside a part of the page."""
    sample, progress = context["sample"], context["progress"]
    more = "+" if progress.is_more else ""
    left = f"{number(progress.left)}{more}"
    if progress.seconds_left is not None:
        left = estimate(progress.seconds_left)
    shape = {
        "oob": oob,
        "closed": bool(context["closed"]),
        "state": sample.state,
        "state_label": sample.get_state_display(),
        "is_test": sample.test,
    }
    texts = {
        "name": sample,
        "dataset_name": sample.dataset.name,
        "done": f"{number(progress.done)} of {number(progress.total)}{more}",
        "left": f"{left} left",
        "value": progress.done,
        "max": progress.total or 1,
    }
    if progress.assigned:
        texts["for_you"] = render_to_string("annotation/_for_you.html", {"work": progress})
    return filled("annotation/_head.html", shape, texts)


def _viewer_html(panes: Sequence[Pane]) -> SafeString:
    if any(pane.boxes for pane in panes):
        return render_to_string("annotation/_viewer.html", {"panes": panes})
    texts = {
        f"panes.{index}.{name}": text
        for index, pane in enumerate(panes)
        for name, text in _pane_texts(pane).items()
        if text
    }
    return filled("annotation/_viewer.html", {} if panes else {"panes": ()}, texts)


def _pane_texts(pane: Pane) -> dict[str, Any]:
    urls = {f"image.{name}": getattr(pane.image, name) for name in URLS}
    return urls | {name: getattr(pane, name) for name in OF_PANE}


def _notices_html(context: Context) -> SafeString:
    if any(context[name] for name in REASONS) or context["answer"].is_returned:
        return render_to_string("annotation/_notices.html", {**context})
    shape = {"can_take_over": context["can_take_over"]}
    return filled("annotation/_notices.html", shape, {}, {"sample.pk": context["sample"].pk})


def _guidelines_html(context: Context) -> SafeString:
    guideline = context["guideline"]
    if guideline is None:
        return filled("guidelines/_beside.html", {"guideline": None}, {})
    shape, texts = {"guideline.is_new": guideline.is_new}, {"guideline.version": guideline.version}
    ids = {"dataset.pk": context["dataset"].pk}
    return filled("guidelines/_beside.html", shape, texts, ids)


def _fields_html(context: Context) -> SafeString:
    fields: Sequence[AnswerField] = context["fields"]
    is_special = context["conflict"] or context["invalid"] or any(f.alternatives for f in fields)
    if is_special or not fields:
        return render_to_string("annotation/_fields.html", {**context})
    texts = {f"fields.{index}.html": field.html for index, field in enumerate(fields)}
    return filled("annotation/_fields.html", {"closed": bool(context["closed"])}, texts)


def rendered_html(rendered: Rendered, problems: Sequence[Any], *, oob: bool = False) -> SafeString:
    """Prompt and answer as they will be trained; `oob` with the state, rendered alone."""
    if problems or rendered.empty_places:
        context = {"rendered": rendered, "problems": problems, "oob": oob}
        return render_to_string("annotation/_rendered.html", context)
    texts = {"rendered.answer": rendered.answer}
    if rendered.system:
        texts["rendered.system"] = rendered.system
    if rendered.user:
        texts["rendered.user"] = rendered.user
    shape = {"oob": oob, "rendered.missing": range(len(rendered.missing))}
    return filled("annotation/_rendered.html", shape, texts)


def _state_html(rendered: Rendered, problems: Sequence[Any]) -> SafeString:
    shape = {"problems": range(len(problems)), "rendered.missing": range(len(rendered.missing))}
    return filled("annotation/_rendered_state.html", shape, {})
