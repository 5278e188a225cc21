"""What the screens of the room show."""

from annotator.annotation.queries.figures import Figures, FiguresByDataset, figures
from annotator.annotation.queries.progress import Waiting, left_by_dataset, progress, waiting
from annotator.datasets.queries.pictures import Box, Pane, panes_of

__all__ = [
    "Box",
    "Figures",
    "FiguresByDataset",
    "Pane",
    "Waiting",
    "figures",
    "left_by_dataset",
    "panes_of",
    "progress",
    "waiting",
]
