"""The start page, and whether the server is well."""

from __future__ import annotations

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotator import heartbeats
from annotator.accounts.permissions import Action, allow, may, public
from annotator.accounts.requests import HttpRequest, MemberRequest
from annotator.annotation.queries import figures, left_by_dataset
from annotator.home import queries
from annotator.home import system as system_queries
from annotator.home.context import navigation
from annotator.home.waiting import waiting_work
from annotator.htmx import render_part


@public
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """`ok` when the database answers; nothing else for anybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@allow(Action.SEE_SYSTEM)
def system(request: MemberRequest) -> HttpResponse:
    """Workers, queues, sweeps, Redis, disk, object storage and the last backup."""
    ends = heartbeats.last_ends()
    context = {
        "heartbeat": heartbeats.newest(ends),
        "workers": system_queries.workers(request.member),
        "sweeps": system_queries.sweeps(ends),
        "queues": system_queries.queue_lengths(),
        "backlogs": system_queries.backlogs(request.member),
        "disk": system_queries.disk(),
        "storage": system_queries.storage(),
        "backup": system_queries.last_backup_at(),
    }
    return render_part(request, "home/system.html", "home/_system.html", context, target="system")


@require_safe
@allow(Action.LABEL)
def waiting(request: MemberRequest) -> HttpResponse:
    """Comments for me, answers that came back to me, disputes that I can decide."""
    return render(request, "home/waiting.html", {"work": waiting_work(request.member)})


@require_safe
@allow(Action.READ)
def home(request: MemberRequest) -> HttpResponse:
    """What waits for me, what runs, how far each dataset is."""
    member = request.member
    counted, cards = figures(member), queries.cards(member)
    left = left_by_dataset(member, counted)
    can_manage = may(member, Action.MANAGE_SCHEMA)  # who may, has more to do than to review
    review = queries.review_waiting(member, counted) if may(member, Action.REVIEW) else None
    context = {
        "cards": cards,
        "next": queries.next_to_label(cards, left),
        "mine": queries.mine(member, sum(each["returned"] for each in left.values())),
        "review": review,
        "review_first": bool(review and review["number"]) and not can_manage,
        "deliveries": queries.delivery_counts(member) if may(member, Action.SEE_SYNC) else None,
        "running": queries.running(member),
        "can_manage": can_manage,
        "nav": navigation(request, member, counted),
    }
    return render_part(request, "home/home.html", "home/_running.html", context, target="running")
