"""Views of the room: pages, verdicts, many at once."""

from annotator.review.views.accepting import accept, acceptance, undo_acceptance
from annotator.review.views.lists import approve_many, by_rule, list_, reopen
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
from annotator.review.views.skipped import skipped
from annotator.review.views.verdicts import (
    approve,
    ask_one_more,
    dispute,
    return_answer,
    skip,
    undo,
)

__all__ = [
    "accept",
    "acceptance",
    "ahead",
    "approve",
    "approve_many",
    "ask_one_more",
    "by_rule",
    "dispute",
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
    "skipped",
    "start",
    "undo",
    "undo_acceptance",
]
