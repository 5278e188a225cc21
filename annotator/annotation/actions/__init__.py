"""Changes of the room: who works on what, what was typed, what was submitted."""

from annotator.annotation.actions.drafts import Saved, mark_unsure, open_answer, save_value
from annotator.annotation.actions.queue import look_ahead, next_sample
from annotator.annotation.actions.scripts import refuses_script_values, submit_script_values
from annotator.annotation.actions.submitting import (
    publish,
    save_draft,
    skip,
    submit,
)
from annotator.annotation.actions.undoing import restore_values, undo_submit

__all__ = [
    "Saved",
    "look_ahead",
    "mark_unsure",
    "next_sample",
    "open_answer",
    "publish",
    "refuses_script_values",
    "restore_values",
    "save_draft",
    "save_value",
    "skip",
    "submit",
    "submit_script_values",
    "undo_submit",
]
