"""Changes of the room."""

from annotator.suggestions.actions.proposing import Outcome, Proposal, propose, source_of
from annotator.suggestions.actions.settling import reopen, settle

__all__ = ["Outcome", "Proposal", "propose", "reopen", "settle", "source_of"]
