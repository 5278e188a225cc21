"""Celery entry points."""

from __future__ import annotations

from celery import shared_task

from annotator.accounts import passwords
from annotator.accounts.models import ApiToken
from annotator.accounts.sessions import SessionStore


@shared_task
def record_token_use(token_id: int) -> None:
    """Record that the token was used. Idempotent."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is not None:
        token.record_use()


@shared_task
def send_password_mails() -> None:
    """Send the links for new passwords that are due. Idempotent; also the sweep for lost messages."""
    passwords.send_due_mails()


@shared_task
def clear_expired_sessions() -> None:
    """Delete the sessions that have expired. Idempotent."""
    SessionStore.clear_expired()
