"""Changes of the room: who works on what, what was typed, what was submitted."""

from annotator.annotation.actions.drafts import (
    Change,
    Outcome,
    Saved,
    all_saved,
    open_answer,
    save_value,
    save_values,
)
from annotator.annotation.actions.queue import claim_next, next_sample
from annotator.annotation.actions.scripts import refuses_script_values, submit_script_values
from annotator.annotation.actions.submitting import (
    publish,
    save_draft,
    skip,
    submit,
)
from annotator.annotation.actions.undoing import restore_values, undo_submit

__all__ = [
    "Change",
    "Outcome",
    "Saved",
    "all_saved",
    "claim_next",
    "next_sample",
    "open_answer",
    "publish",
    "refuses_script_values",
    "restore_values",
    "save_draft",
    "save_value",
    "save_values",
    "skip",
    "submit",
    "submit_script_values",
    "undo_submit",
]
