"""Mails with what a person has not read, as often as they chose.

A worker that is killed between sending and noting it sends a second mail, which does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import User
from annotator.leases import LeaseLost, backoff_seconds
from annotator.notifications.models import Digest, Notification

AT_ONCE = 50
SHOWN = 40  # notifications in a mail; it says how many more there are
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60.0, 3000.0

log = logging.getLogger(__name__)


def sends_mail() -> bool:
    """Whether the server has a mail server: digests are not for its log."""
    return not settings.EMAIL_BACKEND.endswith("console.EmailBackend")


def send_due() -> None:
    """Send what is due, at most AT_ONCE. Of several workers one sends each."""
    if not sends_mail():
        return
    _expect_first_digests()
    Digest.objects.end_exhausted(next_at=timezone.now() + Digest.LONGEST)
    for pk in Digest.objects.deliverable().due().values_list("pk", flat=True)[:AT_ONCE]:
        lease_id = Digest.objects.filter(pk=pk).due().take()
        if lease_id is not None:
            _send(Digest.objects.select_related("user").get(pk=pk, lease_id=lease_id))


def _expect_first_digests() -> None:
    """Who has something unread and never chose gets a mail a day, the first one a day later."""
    unread = Notification.objects.unread().order_by().values("recipient")
    without = User.objects.filter(pk__in=unread, digest=None, is_active=True).exclude(email="")
    next_at = timezone.now() + Digest.LONGEST
    digests = [Digest(user_id=pk, next_at=next_at) for pk in without.values_list("pk", flat=True)]
    Digest.objects.bulk_create(digests, ignore_conflicts=True)


def unsent(digest: Digest) -> QuerySet[Notification]:
    """What the person has not read and was not in an earlier mail, the newest first, of all workspaces."""
    rows = Notification.objects.unread().filter(
        recipient=digest.user_id, workspace__memberships__user=digest.user_id
    )
    return rows.filter(created_at__gt=digest.sent_at) if digest.sent_at else rows


def _send(digest: Digest) -> None:
    now = timezone.now()
    notifications = list(
        unsent(digest).filter(~Q(created_at__gt=now)).select_related("actor", "workspace")
    )
    try:
        if notifications:
            _mail(digest.user, notifications)
        digest.release(sent_at=now, next_at=now + digest.pause, attempts=0)
    except LeaseLost:
        return
    except OSError as error:  # smtplib's errors are OSErrors
        wait = backoff_seconds(
            digest.attempts, first=FIRST_WAIT_SECONDS, longest=LONGEST_WAIT_SECONDS
        )
        log.warning("a digest could not be sent, next try in %d s: %s", wait, error)
        next_at = now + timedelta(seconds=wait)
        digest.release(next_at=next_at, attempts=min(digest.attempts + 1, 1000))


def _mail(user: User, notifications: Sequence[Notification]) -> None:
    shown = notifications[:SHOWN]
    context = {
        "user": user,
        "number": len(notifications),
        "rows": [(each, urljoin(settings.SITE_URL, each.url)) for each in shown],
        "more": len(notifications) - len(shown),
        "list_url": urljoin(settings.SITE_URL, reverse("notifications:list")),
        "choices_url": urljoin(settings.SITE_URL, reverse("notifications:choices")),
    }
    subject = render_to_string("notifications/digest_subject.txt", context).strip()
    send_mail(subject, render_to_string("notifications/digest.txt", context), None, [user.email])
