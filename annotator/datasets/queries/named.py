"""A dataset by what a command line names."""

from __future__ import annotations

from annotator.accounts.queries import workspace_named
from annotator.datasets.models import Dataset
from annotator.errors import BadInput


def dataset_named(name: str, *, workspace: str | None) -> Dataset | None:
    """The dataset of this name in the named or the only workspace; None when there is none.

    Raises BadInput unless one workspace is meant, and at most one dataset.
    """
    datasets = Dataset.objects.with_prompts().filter(
        workspace=workspace_named(workspace), name=name, removed_at=None
    )
    if len(datasets) > 1:
        raise BadInput(f"{len(datasets)} datasets are named {name}; rename one.")
    return datasets[0] if datasets else None
