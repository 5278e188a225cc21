"""What the screens of the room show."""

from annotator.annotation.queries.progress import Progress, Waiting, progress, waiting
from annotator.datasets.queries.pictures import Box, Pane, panes_of

__all__ = ["Box", "Pane", "Progress", "Waiting", "panes_of", "progress", "waiting"]
