"""Which submitted answers a reviewer must see. The others are accepted by rule, and marked so."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from annotator.annotation.models import Answer, AnswerValue
from annotator.annotation.risk import Risk
from annotator.datasets.models import Origin, SampleShare

LEAST_RECORD = 20  # reviewed answers of a person in the dataset; all are reviewed until then
RECORD_OF = 50  # their newest reviewed answers, which count
FAULT_WEIGHT = (
    5  # percent more are reviewed for each percent of them that was not accepted as it was
)


def is_reviewed(answer: Answer) -> bool:
    """Whether a reviewer must see the submitted answer: by the dataset's share, its risk, its author.

    By the sample's id, so always the same for the same share. No query where the dataset's share has it,
    else one for each of the dataset's two other rules.
    """
    sample, dataset = answer.sample, answer.sample.dataset
    if sample.needs_review:
        return True
    if dataset.reviews_risky and answer.risk & ~Risk.NEW_AUTHOR:
        return True
    return dataset.reviews_by_record and sample.is_in_share(
        SampleShare.REVIEWED, reviewed_percent(answer)
    )


def reviewed_percent(answer: Answer) -> int:
    """How many of a hundred answers of its author are reviewed in its dataset; one query.

    All of a person's first LEAST_RECORD. Then the dataset's share, and FAULT_WEIGHT more for each percent of
    their last RECORD_OF reviewed answers that were returned or corrected.
    """
    corrected = AnswerValue.objects.filter(answer=OuterRef("pk"), origin=Origin.REVIEWED)
    reviewed = Answer.objects.filter(
        Q(state=Answer.State.APPROVED) | Q(returned_at__isnull=False),
        author=answer.author_id,
        dataset=answer.dataset_id,
        submitted_at__isnull=False,
        is_self_accepted=False,
    ).exclude(pk=answer.pk)
    record = reviewed.annotate(corrected=Exists(corrected)).order_by("-submitted_at")
    faults = [
        returned_at is not None or is_corrected
        for returned_at, is_corrected in record.values_list("returned_at", "corrected")[:RECORD_OF]
    ]
    if len(faults) < LEAST_RECORD:
        return 100
    more = FAULT_WEIGHT * 100 * sum(faults) / len(faults)
    return min(100, round(answer.sample.dataset.review_percent + more))
