"""Celery entry points of the room."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.notifications import actions, digests
from annotator.notifications.models import KEPT_DAYS, Notification


@shared_task
def send_digests() -> None:
    """Send the mails that are due. Idempotent."""
    digests.send_due()


@shared_task
def forget_old() -> None:
    """Delete notifications after KEPT_DAYS, read or not, and count what is unread. Idempotent."""
    Notification.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
    actions.count_unread(Membership.objects.all())
