"""Changes of the room."""

from annotator.disagreements.actions.comparing import compare_some, start_comparison, start_due
from annotator.disagreements.actions.judging import judge, take_back

__all__ = ["compare_some", "judge", "start_comparison", "start_due", "take_back"]
