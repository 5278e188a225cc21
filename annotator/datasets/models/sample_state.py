"""Where a sample stands."""

from __future__ import annotations

from django.db import models


class SampleState(models.TextChoices):
    """Where it stands on its way to being approved."""

    UNLABELED = "unlabeled", "To label"
    SUBMITTED = "submitted", "To review"
    RETURNED = "returned", "Returned"
    APPROVED = "approved", "Approved"
    SKIPPED = "skipped", "Skipped"
