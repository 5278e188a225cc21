"""Changes of the room: who works on what, what was typed, what was submitted."""

from annotator.annotation.actions.asking import ask_people
from annotator.annotation.actions.collecting import (
    ask_one_more,
    compare_complete,
    is_anybody_left,
    stand_for_all,
)
from annotator.annotation.actions.drafts import (
    Change,
    Outcome,
    Saved,
    all_saved,
    save_locked,
    save_value,
    save_values,
)
from annotator.annotation.actions.gold import (
    available_gold,
    lacks_gold,
    let_go_on,
    prepare_gold,
    try_again,
)
from annotator.annotation.actions.leaving import release_returned, release_work
from annotator.annotation.actions.opening import open_answer, open_locked
from annotator.annotation.actions.queue import claim_next, next_sample
from annotator.annotation.actions.scripts import (
    script_refusals,
    submit_many_script_values,
    submit_script_values,
)
from annotator.annotation.actions.submitting import (
    publish,
    save_draft,
    skip,
    submit,
    submit_unchanged,
)
from annotator.annotation.actions.undoing import restore_values, undo_submit

__all__ = [
    "Change",
    "Outcome",
    "Saved",
    "all_saved",
    "ask_one_more",
    "ask_people",
    "available_gold",
    "claim_next",
    "compare_complete",
    "is_anybody_left",
    "lacks_gold",
    "let_go_on",
    "next_sample",
    "open_answer",
    "open_locked",
    "prepare_gold",
    "publish",
    "release_returned",
    "release_work",
    "restore_values",
    "save_draft",
    "save_locked",
    "save_value",
    "save_values",
    "script_refusals",
    "skip",
    "stand_for_all",
    "submit",
    "submit_many_script_values",
    "submit_script_values",
    "submit_unchanged",
    "try_again",
    "undo_submit",
]
