"""Idempotency keys: calls that have their effect once, however often they are sent."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from annotator.accounts.models import User

KEPT_FOR = timedelta(hours=24)
CLAIM_EXPIRES_AFTER = timedelta(seconds=90)  # longer than any call may take


class IdempotentCall(models.Model):
    """A call with an `Idempotency-Key`, and its response once there is one."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # idempotentcall_once begins with it
    )
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of the method, the address and the body
    status = models.PositiveSmallIntegerField(null=True)  # None: in progress
    body = models.TextField(blank=True)
    claimed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotentcall_once"),
        ]
        indexes = [models.Index(fields=["claimed_at"], name="idempotentcall_by_age")]
