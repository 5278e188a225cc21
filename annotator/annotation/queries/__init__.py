"""What the screens of the room show."""

from annotator.annotation.queries.completions import completions
from annotator.annotation.queries.figures import Figures, FiguresByDataset, figures
from annotator.annotation.queries.progress import (
    Waiting,
    left_by_dataset,
    progress,
    returned_to,
    waiting,
)
from annotator.datasets.queries.pictures import Box, Pane, panes_of

__all__ = [
    "Box",
    "Figures",
    "FiguresByDataset",
    "Pane",
    "Waiting",
    "completions",
    "figures",
    "left_by_dataset",
    "panes_of",
    "progress",
    "returned_to",
    "waiting",
]
