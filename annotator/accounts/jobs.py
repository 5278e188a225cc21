"""Celery entry points."""

from __future__ import annotations

from celery import shared_task

from annotator.accounts.models import ApiToken


@shared_task
def record_token_use(token_id: int) -> None:
    """Record that the token was used. Idempotent."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is not None:
        token.record_use()
