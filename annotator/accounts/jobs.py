"""Celery entry points."""

from __future__ import annotations

from celery import shared_task

from annotator.accounts.models import ApiToken


@shared_task
def note_token_use(token_id: int) -> None:
    """Remember that the token was used. Harmless to run twice."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is not None:
        token.note_use()
