"""Changes of the room: who reviews what, the verdicts, and their undoing."""

from annotator.review.actions.queue import look_ahead, next_answer
from annotator.review.actions.undoing import can_undo, undo
from annotator.review.actions.verdicts import Bulk, approve, approve_many, reopen, return_answer

__all__ = [
    "Bulk",
    "approve",
    "approve_many",
    "can_undo",
    "look_ahead",
    "next_answer",
    "reopen",
    "return_answer",
    "undo",
]
