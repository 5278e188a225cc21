"""Guidelines are written, and read."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from annotator.accounts.audit import record
from annotator.accounts.models import User
from annotator.datasets.models import Dataset
from annotator.errors import Conflict
from annotator.guidelines.models import Guideline, Reading

LATE = (
    "Somebody has saved version {} meanwhile. Yours is kept below: look at theirs, then save again."
)


def save_guideline(dataset: Dataset, text: str, *, seen_version: int, by: User) -> Guideline:
    """The text as the newest version; the same text again makes none. Its author has read it.

    `seen_version` is the version that was changed (0: none). Raises Conflict when there is a newer one.
    """
    newest = Guideline.objects.newest(dataset)
    version = newest.version if newest else 0
    if newest is not None and newest.text == text:
        return newest
    if version != seen_version:
        raise Conflict(LATE.format(version), ours=text, rev=version)
    try:
        with transaction.atomic():
            saved = Guideline.objects.create(
                dataset=dataset, version=version + 1, text=text, written_by=by
            )
            mark_read(saved, by)
            record(
                "guideline.save",
                workspace=dataset.workspace,
                by=by,
                target=dataset,
                version=version + 1,
            )
    except IntegrityError:  # two saved at once
        raise Conflict(LATE.format(version + 1), ours=text, rev=version + 1) from None
    return saved


def mark_read(guideline: Guideline, user: User) -> None:
    """This person has opened the version. A second call changes nothing."""
    Reading.objects.bulk_create([Reading(guideline=guideline, user=user)], ignore_conflicts=True)
