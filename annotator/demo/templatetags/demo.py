"""`{% drawing_notice %}`: how far the demo has been drawn."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Count, Q, Sum

from annotator.accounts.models import Membership
from annotator.demo.models import Step

register = template.Library()


@register.inclusion_tag("demo/_notice.html")
def drawing_notice(member: Membership | None) -> dict[str, Any]:
    """For the member's workspace, with one query; nothing once all is drawn."""
    if member is None:
        return {"total": 0}
    drawn = Step.objects.filter(kind=Step.Kind.DRAW).visible_to(member).order_by()
    counts = drawn.aggregate(
        done=Sum("done", default=0),
        total=Sum("total", default=0),
        left=Count("pk", filter=Q(ended_at=None)),
    )
    return counts if counts["left"] else {"total": 0}
