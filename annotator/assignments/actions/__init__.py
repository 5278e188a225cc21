"""Changes of the room: who is asked to label which samples."""

from annotator.assignments.actions.assigning import (
    change_due,
    hand_over,
    move,
    start_distribution,
    take_back,
)
from annotator.assignments.actions.distributing import distribute_some
from annotator.assignments.actions.rows import AssignedRow, assign_rows

__all__ = [
    "AssignedRow",
    "assign_rows",
    "change_due",
    "distribute_some",
    "hand_over",
    "move",
    "start_distribution",
    "take_back",
]
