"""What happened, for the person it is told to; and what they want to hear of."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow
from annotator.accounts.requests import MemberRequest
from annotator.accounts.tabs import tabs_for
from annotator.accounts.views.audit import pager
from annotator.notifications import actions, queries
from annotator.notifications.digests import sends_mail
from annotator.notifications.forms import ChoicesForm
from annotator.notifications.models import Notification


@require_safe
@allow(Action.OWN_PROFILE)
def notifications(request: MemberRequest) -> HttpResponse:
    """One's own notifications, the newest first."""
    page = queries.page_of(request.member, cursor=request.GET.get("cursor"))
    first = next((row.pk for row in page.rows if row.read_at is None), None)
    context = {"rows": page.rows, "first_unread": first, "pager": pager(request, page)}
    return render(request, "notifications/list.html", context)


@require_POST
@allow(Action.OWN_PROFILE)
def open_one(request: MemberRequest, notification_id: int) -> HttpResponse:
    """Go to what a notification is about; it counts as read."""
    rows = Notification.objects.visible_to(request.member)
    notification = get_object_or_404(rows, pk=notification_id)
    actions.mark_read(request.member, pk=notification.pk)
    return redirect(notification.url)


@require_POST
@allow(Action.OWN_PROFILE)
def read_all(request: MemberRequest) -> HttpResponse:
    """Count everything as read that is there by now."""
    actions.mark_read(request.member)
    return redirect("notifications:list")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.OWN_PROFILE)
def choices(request: MemberRequest) -> HttpResponse:
    """Which kinds one is notified of, and how often by mail."""
    form = ChoicesForm(request.POST or None, user=request.member.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("notifications:choices")
    context = {"tabs": tabs_for(request), "form": form, "sends_mail": sends_mail()}
    status = 422 if request.method == "POST" else 200
    return render(request, "notifications/choices.html", context, status=status)
