"""Changes of the room, one file per noun."""

from annotator.datasets.actions.attachments import (
    change_attachment,
    remove_attachment,
    reorder_images,
    reorder_objects,
)
from annotator.datasets.actions.bulk import move_samples, remove_samples
from annotator.datasets.actions.completion import locked_states, update_completion
from annotator.datasets.actions.foreign import create_variables
from annotator.datasets.actions.gold import gold_to_copy, make_gold_copies, mark_gold, unmark_gold
from annotator.datasets.actions.loading import create_labelled_samples
from annotator.datasets.actions.mirrored import RemoteValueUpdate, apply_remote_values
from annotator.datasets.actions.samples import (
    add_images,
    add_objects,
    create_sample,
    create_samples,
    remove_images,
    remove_objects,
    remove_sample,
    rename_samples,
    set_test,
    update_sample,
)
from annotator.datasets.actions.schema import (
    change_variable,
    create_dataset,
    create_prompt,
    create_variable,
    move_variable,
    recheck_values,
    remove_dataset,
    remove_prompt,
    remove_variable,
    update_dataset,
    update_prompt,
)
from annotator.datasets.actions.values import (
    ValueUpdate,
    set_many,
    set_value,
    set_values,
)

__all__ = [
    "RemoteValueUpdate",
    "ValueUpdate",
    "add_images",
    "add_objects",
    "apply_remote_values",
    "change_attachment",
    "change_variable",
    "create_dataset",
    "create_labelled_samples",
    "create_prompt",
    "create_sample",
    "create_samples",
    "create_variable",
    "create_variables",
    "gold_to_copy",
    "locked_states",
    "make_gold_copies",
    "mark_gold",
    "move_samples",
    "move_variable",
    "recheck_values",
    "remove_attachment",
    "remove_dataset",
    "remove_images",
    "remove_objects",
    "remove_prompt",
    "remove_sample",
    "remove_samples",
    "remove_variable",
    "rename_samples",
    "reorder_images",
    "reorder_objects",
    "set_many",
    "set_test",
    "set_value",
    "set_values",
    "unmark_gold",
    "update_completion",
    "update_dataset",
    "update_prompt",
    "update_sample",
]
