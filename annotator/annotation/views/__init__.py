"""Views of the room: pages, saving field by field, submitting."""

from annotator.annotation.views.pages import ahead, next_sample, sample, start
from annotator.annotation.views.saving import hold, release, save
from annotator.annotation.views.submitting import draft, skip, submit, undo

__all__ = [
    "ahead",
    "draft",
    "hold",
    "next_sample",
    "release",
    "sample",
    "save",
    "skip",
    "start",
    "submit",
    "undo",
]
