"""Reads of the room, one file per screen."""

from annotator.datasets.queries.cards import DatasetCard, dataset_cards

__all__ = ["DatasetCard", "dataset_cards"]
