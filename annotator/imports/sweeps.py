"""Finds uploads that nobody will finish."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from django.utils import timezone

from annotator.errors import WrongState
from annotator.imports import actions
from annotator.imports.models import ImageImport

KEEP = timedelta(days=7)  # so long an unfinished upload can be taken up again


def discard_abandoned() -> int:
    """Cancel what has been receiving for longer than KEEP; how many."""
    old = ImageImport.objects.filter(
        state=ImageImport.State.RECEIVING, created_at__lt=timezone.now() - KEEP
    ).select_related("dataset__workspace")[:20]
    discarded = 0
    for image_import in old:
        with contextlib.suppress(WrongState):  # somebody took it up just now
            actions.cancel(image_import, by=None)
            discarded += 1
    return discarded
