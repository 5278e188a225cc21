"""Changes of the room: who reviews what, the verdicts, and their undoing."""

from annotator.review.actions.accepting import accept_many, accept_some, undo_acceptance
from annotator.review.actions.disputes import dispute
from annotator.review.actions.queue import next_answer
from annotator.review.actions.skipped import close, each_of, label_again
from annotator.review.actions.taking_back import undo_some
from annotator.review.actions.undoing import can_undo, undo, undo_field
from annotator.review.actions.verdicts import (
    Bulk,
    approve,
    approve_many,
    ask_one_more,
    reopen,
    return_answer,
)

__all__ = [
    "Bulk",
    "accept_many",
    "accept_some",
    "approve",
    "approve_many",
    "ask_one_more",
    "can_undo",
    "close",
    "dispute",
    "each_of",
    "label_again",
    "next_answer",
    "reopen",
    "return_answer",
    "undo",
    "undo_acceptance",
    "undo_field",
    "undo_some",
]
