"""The UPDATE that changes a sample's state, composed once for each set of columns that change with it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models

from annotator.compiled import CompiledUpdate, Given, compiled_move

# What a lease writes; all of them are empty without one.
LEASE_COLUMNS = ("lease_holder", "leased_at", "leased_until", "lease_wanted_by")


@cache
def update_of_move(sample_model: Any, names: tuple[str, ...], *, releases: bool) -> CompiledUpdate:
    """The UPDATE of `Sample.move` that changes the columns of these names too, and ends a lease."""
    changes = {
        "updated_at": Given("now", models.DateTimeField()),
        **(_lease_without(Given("releases", models.BigIntegerField())) if releases else {}),
    }
    return compiled_move(sample_model, "sample", names, tuple(changes.items()), removed_at=None)


def _lease_without(user_id: Given) -> dict[str, models.Case]:
    """The columns of a lease when this person's own has ended; another's stays."""
    return {
        name: models.Case(models.When(lease_holder_id=user_id, then=None), default=models.F(name))
        for name in LEASE_COLUMNS
    }
