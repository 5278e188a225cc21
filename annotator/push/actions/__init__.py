"""Changes of the room: noting what is due, sending it, deciding what got stuck."""

from annotator.push.actions.claiming import claim
from annotator.push.actions.noting import (
    enqueue_deliveries,
    park_gone,
    reconcile_delivery,
    revive,
    samples_touched_since,
    samples_with_unnoted,
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
    "samples_with_unnoted",
    "take_theirs",
]
