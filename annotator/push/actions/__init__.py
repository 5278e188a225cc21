"""Changes of the room: enqueuing deliveries, sending them, resolving conflicts."""

from annotator.push.actions.claiming import claim
from annotator.push.actions.outbox import (
    enqueue_deliveries,
    park_gone,
    reconcile_delivery,
    revive,
    samples_touched_since,
    samples_without_deliveries,
)
from annotator.push.actions.resolving import RETRYABLE, keep_ours, retry, take_theirs
from annotator.push.actions.sending import push

__all__ = [
    "RETRYABLE",
    "claim",
    "enqueue_deliveries",
    "keep_ours",
    "park_gone",
    "push",
    "reconcile_delivery",
    "retry",
    "revive",
    "samples_touched_since",
    "samples_without_deliveries",
    "take_theirs",
]
