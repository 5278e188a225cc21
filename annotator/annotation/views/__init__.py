"""Views of the room: pages, saving field by field, submitting."""

from annotator.annotation.views.asking import asking
from annotator.annotation.views.completing import complete
from annotator.annotation.views.pages import ahead, next_sample, sample, start
from annotator.annotation.views.saving import hand_over, hold, release, save
from annotator.annotation.views.standing import standing
from annotator.annotation.views.submitting import draft, skip, submit, undo

__all__ = [
    "ahead",
    "asking",
    "complete",
    "draft",
    "hand_over",
    "hold",
    "next_sample",
    "release",
    "sample",
    "save",
    "skip",
    "standing",
    "start",
    "submit",
    "undo",
]
