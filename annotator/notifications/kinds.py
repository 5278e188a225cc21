"""What people are notified of. A room with something new to tell adds its line here and calls `notify`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of notification: `label` stands beside its switch, `icon` before each of its rows."""

    key: str
    label: str
    icon: str


KINDS = {
    kind.key: kind
    for kind in [
        Kind("returned", "A reviewer returns an answer of mine", "undo-2"),
        Kind("assigned", "Samples are assigned to me", "users"),
        Kind("mentioned", "A comment is for me", "message-square"),
        Kind("gold_paused", "Somebody is paused for their answers to gold samples", "star"),
        Kind("dataset_done", "A dataset is done", "circle-check"),
        Kind("training_ended", "A training that I started ends", "brain"),
        Kind("push_stuck", "Values can't be sent to a remote", "cloud-upload"),
    ]
}
