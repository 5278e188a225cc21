"""Changes of the room, one file per noun."""

from annotator.training.actions.tasks import (
    add_dataset,
    create_task,
    remove_dataset,
    remove_task,
    update_task,
)

__all__ = [
    "add_dataset",
    "create_task",
    "remove_dataset",
    "remove_task",
    "update_task",
]
