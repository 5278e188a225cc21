"""Changes of the room: starting, going on with and ending runs."""

from annotator.mirror.actions.running import go_on
from annotator.mirror.actions.starting import cancel, resume, retry_images, start_mirror

__all__ = ["cancel", "go_on", "resume", "retry_images", "start_mirror"]
