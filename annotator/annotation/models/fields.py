"""What an answer's columns hold that is no plain value: its sample's dataset, the effort it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from annotator.datasets.models import Dataset

MAX_EFFORT = 2**31 - 1  # what the columns hold
REASON_LENGTH = 1000  # characters of a reviewer, who returns or re-opens


class DatasetOfSample(models.ForeignKey[Dataset, Dataset]):
    """The dataset of the row's sample, written with the row, so that an index can begin with it."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Of the sample, which never changes its dataset; at every save and bulk_create."""
        row: Any = model_instance
        row.dataset_id = row.sample.dataset_id
        return row.dataset_id


@dataclass(frozen=True, kw_only=True)
class Effort:
    """What one visit to the page took: milliseconds without idle time, and keys. None: not counted."""

    active_ms: int | None = None
    key_presses: int | None = None
