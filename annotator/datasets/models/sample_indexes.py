"""The indexes of samples: by them lists, filters and queues stay fast at a million rows."""

from __future__ import annotations

from django.db import models

from annotator.datasets.models.sample_state import SampleState

INDEXES = [
    # Not a partial one: SQLite would read every row to see that its condition holds.
    models.Index(fields=["dataset", "removed_at"], name="sample_live"),
    models.Index(
        fields=["dataset", "created_at", "id"],
        condition=models.Q(removed_at=None),
        name="sample_in_order",
    ),
    models.Index(
        fields=["dataset", "state", "created_at", "id"],
        condition=models.Q(removed_at=None),
        name="sample_by_state",
    ),
    models.Index(
        fields=["dataset", "least_confidence", "created_at", "id"],
        condition=models.Q(assignment=None, removed_at=None, state=SampleState.UNLABELED),
        name="sample_least_sure",
    ),
    models.Index(
        fields=["assignment", "state", "created_at", "id"],
        condition=models.Q(assignment__isnull=False),
        name="sample_assigned",
    ),
    # The queue of who has nothing of their own: samples of others would be passed over one by one.
    models.Index(
        fields=["dataset", "state", "created_at", "id"],
        condition=models.Q(assignment=None, removed_at=None),
        name="sample_unassigned",
    ),
    models.Index(
        fields=["dataset", "test", "created_at", "id"],
        condition=models.Q(removed_at=None),
        name="sample_by_split",
    ),
    models.Index(
        fields=["dataset", "name"],
        condition=models.Q(removed_at=None),
        name="sample_by_name",
    ),
    models.Index(
        fields=["dataset"],
        condition=models.Q(removed_at__isnull=False),
        name="sample_removed",
    ),
    models.Index(fields=["dataset"], condition=models.Q(is_gold=True), name="sample_gold"),
    models.Index(
        fields=["only_for", "dataset", "state"],
        condition=models.Q(only_for__isnull=False),
        name="sample_gold_copies",
    ),
    models.Index(fields=["lease_holder", "leased_until"], name="sample_leases"),
    models.Index(
        fields=["lease_wanted_by"],
        condition=models.Q(lease_wanted_by__isnull=False),
        name="sample_lease_wanted",
    ),
    models.Index(
        fields=["dataset", "state", "leased_until"],
        condition=models.Q(leased_until__isnull=False),
        name="sample_leased",
    ),
    models.Index(
        fields=["updated_at"],
        condition=models.Q(remote_key__isnull=False, state=SampleState.APPROVED),
        name="sample_lately_approved",
    ),
]
