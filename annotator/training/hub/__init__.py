"""Base models from a model hub, where the operator allows it (docs/training.md#bases-from-a-hub)."""

from annotator.training.hub.fetching import download
from annotator.training.hub.offer import Offer, offer_of

__all__ = ["Offer", "download", "offer_of"]
