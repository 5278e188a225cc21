"""Changes of the room: noting what is due, sending it, deciding what got stuck."""

from annotator.push.actions.claiming import MAX_LOSSES, claim
from annotator.push.actions.noting import (
    note_due,
    note_samples,
    park_gone,
    revive,
    samples_touched_since,
    samples_with_unnoted,
    settle_seen,
)
from annotator.push.actions.resolving import RETRYABLE, keep_ours, retry, take_theirs
from annotator.push.actions.sending import push

__all__ = [
    "MAX_LOSSES",
    "RETRYABLE",
    "claim",
    "keep_ours",
    "note_due",
    "note_samples",
    "park_gone",
    "push",
    "retry",
    "revive",
    "samples_touched_since",
    "samples_with_unnoted",
    "settle_seen",
    "take_theirs",
]
