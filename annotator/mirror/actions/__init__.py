"""Changes of the room: starting, working on and ending runs."""

from annotator.mirror.actions.running import run_steps
from annotator.mirror.actions.starting import cancel, resume, retry_images, start_mirror

__all__ = ["cancel", "resume", "retry_images", "run_steps", "start_mirror"]
