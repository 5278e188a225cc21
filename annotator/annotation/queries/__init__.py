"""What the screens of the room show."""

from annotator.annotation.queries.pictures import Box, Pane, panes_of
from annotator.annotation.queries.progress import Progress, Waiting, progress, waiting

__all__ = ["Box", "Pane", "Progress", "Waiting", "panes_of", "progress", "waiting"]
