"""Changes of the room: who works on what, what was typed, what was handed in."""

from annotator.annotation.actions.drafts import Saved, open_answer, save_value
from annotator.annotation.actions.handing_in import (
    needs_review,
    publish,
    skip,
    submit,
    undo_submit,
)
from annotator.annotation.actions.queue import next_sample, take

__all__ = [
    "Saved",
    "needs_review",
    "next_sample",
    "open_answer",
    "publish",
    "save_value",
    "skip",
    "submit",
    "take",
    "undo_submit",
]
