"""What can train a task on this machine.

A backend says whether it can run here and which parameters it takes; the training itself is a child
process that knows nothing of Django (`annotator.training.runner`): it reads a job folder, writes events, and
ends. So memory really comes back, a kill is a kill, and another machine could run the same folder.
"""

from __future__ import annotations

from annotator.training.backends.baseline import Baseline
from annotator.training.backends.interface import Availability, Backend, Parameter

BACKENDS: dict[str, Backend] = {backend.name: backend for backend in (Baseline(),)}

__all__ = ["BACKENDS", "Availability", "Backend", "Parameter"]
