"""What the pages show of notifications."""

from __future__ import annotations

from annotator.accounts.models import Membership
from annotator.notifications.models import Notification
from annotator.paging import KeysetPage, keyset_page

PAGE_SIZE = 50


def page_of(member: Membership, *, cursor: str | None) -> KeysetPage[Notification]:
    """The member's notifications, the newest first, PAGE_SIZE at a time. One query."""
    rows = Notification.objects.visible_to(member).select_related("actor")
    order = ("created_at", "id")
    return keyset_page(rows, order=order, cursor=cursor, size=PAGE_SIZE, newest_first=True)
