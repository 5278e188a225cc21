"""Changes of the room, one file per noun."""

from annotator.training.actions.runs import cancel, put_into_production, start
from annotator.training.actions.tasks import (
    add_dataset,
    create_task,
    remove_dataset,
    remove_task,
    update_task,
)

__all__ = [
    "add_dataset",
    "cancel",
    "create_task",
    "put_into_production",
    "remove_dataset",
    "remove_task",
    "start",
    "update_task",
]
