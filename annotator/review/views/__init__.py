"""Views of the room: pages, verdicts, many at once."""

from annotator.review.views.accepting import accept, acceptance, undo_acceptance
from annotator.review.views.lists import approve_many, list_, reopen
from annotator.review.views.pages import (
    ahead,
    hold,
    of_sample,
    preview,
    queue,
    release,
    sample,
    start,
)
from annotator.review.views.verdicts import approve, return_answer, skip, undo

__all__ = [
    "accept",
    "acceptance",
    "ahead",
    "approve",
    "approve_many",
    "hold",
    "list_",
    "of_sample",
    "preview",
    "queue",
    "release",
    "reopen",
    "return_answer",
    "sample",
    "skip",
    "start",
    "undo",
    "undo_acceptance",
]
