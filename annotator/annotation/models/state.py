"""Where an answer stands."""

from __future__ import annotations

from django.db import models


class AnswerState(models.TextChoices):
    """Where it stands."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    RETURNED = "returned", "Returned"
    APPROVED = "approved", "Approved"
    SKIPPED = "skipped", "Skipped"
    # Submitted, one of several that its sample asks for: one of them stands for all and is submitted.
    COLLECTED = "collected", "Submitted with others"
