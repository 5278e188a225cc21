"""Changes of the room."""

from annotator.suggestions.actions.closing import close_suggestions, reopen
from annotator.suggestions.actions.ordering import keep_least_confidence
from annotator.suggestions.actions.proposing import Outcome, Proposal, propose, source_of
from annotator.suggestions.actions.rows import ProposedRow, RowOutcome, propose_rows, share
from annotator.suggestions.actions.scripts import propose_script_values

__all__ = [
    "Outcome",
    "Proposal",
    "ProposedRow",
    "RowOutcome",
    "close_suggestions",
    "keep_least_confidence",
    "propose",
    "propose_rows",
    "propose_script_values",
    "reopen",
    "share",
    "source_of",
]
