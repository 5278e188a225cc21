"""The fields of an answer that a reviewer returned."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from annotator.annotation.models.fields import REASON_LENGTH
from annotator.datasets.models import Variable


class ReturnedFieldQuerySet(models.QuerySet["ReturnedField"]):
    """Returned fields by the return that they belong to."""

    def last_return(self) -> ReturnedFieldQuerySet:
        """Those that came back when their answer was returned the last time."""
        return self.filter(returned_at=F("answer__returned_at"))


class ReturnedField(models.Model):
    """One field of an answer that a reviewer returned, with the reason. Its other fields were accepted.

    `returned_at` is that of its answer, so that a later return has fields of its own.
    """

    answer = models.ForeignKey(
        "annotation.Answer",
        on_delete=models.CASCADE,
        related_name="returned_fields",
        db_index=False,  # returnedfield_once begins with it
    )
    variable = models.ForeignKey(Variable, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    returned_at = models.DateTimeField()

    objects = ReturnedFieldQuerySet.as_manager()

    class Meta:
        ordering = ["variable__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "variable", "returned_at"], name="returnedfield_once"
            )
        ]
