"""The audit trail of the workspace."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from annotator.accounts.forms import AuditFilter
from annotator.accounts.permissions import Action, allow
from annotator.accounts.queries import action_text, audit_actions, audit_page, audit_people
from annotator.accounts.requests import MemberRequest
from annotator.accounts.tabs import tabs_for
from annotator.htmx import render_part


@require_safe
@allow(Action.READ_AUDIT)
def audit(request: MemberRequest) -> HttpResponseBase:
    """Who did what, newest first; by person and by kind."""
    member = request.member
    actions = [(name, action_text(name).capitalize()) for name in audit_actions(member)]
    form = AuditFilter(request.GET, people=audit_people(member), actions=actions, auto_id="by_%s")
    form.is_valid()  # a choice that does not exist is left out
    filters = {name: form.cleaned_data[name] for name in form.fields if form.cleaned_data.get(name)}
    page = audit_page(member, **filters, cursor=request.GET.get("cursor"))
    context = {
        "tabs": tabs_for(request),
        "form": form,
        "lines": page.lines,
        "pager": pager(request, page.keyset),
    }
    return render_part(
        request, "accounts/audit.html", "accounts/_audit_lines.html", context, target="lines"
    )


def pager(request: MemberRequest, page: Any) -> dict[str, Any]:
    """The query strings of the neighbours, filters kept."""

    def query(cursor: str | None) -> str:
        if cursor is None:
            return ""
        query = request.GET.copy()
        query["cursor"] = cursor
        return "?" + query.urlencode()

    return {
        "previous_query": query(page.previous_cursor),
        "next_query": query(page.next_cursor),
        "shown": "",
        "total": None,
    }
