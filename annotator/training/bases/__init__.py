"""The base models that a training may start from, and what can be known of them without loading them."""

from annotator.training.bases.facts import Facts, facts_of
from annotator.training.bases.listing import FAMILIES, SOURCE, TINY, Base, bases

__all__ = ["FAMILIES", "SOURCE", "TINY", "Base", "Facts", "bases", "facts_of"]
