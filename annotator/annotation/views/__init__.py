"""Views of the room: pages, saving field by field, submitting."""

from annotator.annotation.views.pages import ahead, next_sample, preview, sample, start
from annotator.annotation.views.saving import hold, value
from annotator.annotation.views.submitting import draft, skip, submit, undo

__all__ = [
    "ahead",
    "draft",
    "hold",
    "next_sample",
    "preview",
    "sample",
    "skip",
    "start",
    "submit",
    "undo",
    "value",
]
