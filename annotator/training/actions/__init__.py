"""Changes of the room, one file per noun."""

from annotator.training.actions.runs import (
    can_end_early,
    cancel,
    end_early,
    put_into_production,
    resume,
    start,
)
from annotator.training.actions.tasks import (
    add_dataset,
    create_task,
    remove_dataset,
    remove_task,
    update_task,
)

__all__ = [
    "add_dataset",
    "can_end_early",
    "cancel",
    "create_task",
    "end_early",
    "put_into_production",
    "remove_dataset",
    "remove_task",
    "resume",
    "start",
    "update_task",
]
