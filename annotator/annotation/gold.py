"""When a person gets a gold sample, and whether they may label in a dataset that tests people.

Nobody can foresee which answers are to gold samples: of each `gold_every` answers in a row one is, at a place
that the server's secret key decides by person, dataset and row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.crypto import salted_hmac

from annotator.accounts.models import Membership, User
from annotator.annotation.models import GoldPause, GoldResult, Qualification
from annotator.datasets.models import Dataset, GoldAnswer, Sample
from annotator.errors import WrongState

PAUSED = (
    "Let's pause here: {right} of your {asked} checked values in this dataset agree with what is known."
    " Please read the guidelines again; an admin has been told and can let you go on."
)
FAILED = "{right} of {asked} values of the qualification agree with what is known; {percent} % are needed."


def place_in_block(seed: str, block: int, every: int) -> int:
    """At which of its answers, from 0 to `every` - 1, a block has its gold sample."""
    digest = salted_hmac("annotator.gold", f"{seed}:{block}", algorithm="sha256").digest()
    return int.from_bytes(digest[:8]) % every


def seed_of(user_id: int, dataset_id: object) -> str:
    """What tells one person's places in one dataset from all others'."""
    return f"{user_id}:{dataset_id}"


def is_due(seed: str, every: int, answered: int) -> bool:
    """Whether the answer after so many is to a gold sample."""
    block, place = divmod(answered, every)
    return place == place_in_block(seed, block, every)


def planned(seed: str, every: int, *, answered: int, left: int, available: int) -> int:
    """How many gold samples come among the next `left` others, after so many answers; at most `available`.

    So that what is left goes down by one with each answer, whichever it is to.
    """
    if not every or not available or not left:
        return 0
    block, place = divmod(answered, every)
    gold = int(place <= place_in_block(seed, block, every))
    others = every - place - gold
    if left <= others:
        return int(gold and place_in_block(seed, block, every) - place < left)
    blocks, rest = divmod(left - others, every - 1)
    if rest == 0:
        blocks, rest = blocks - 1, every - 1
    ends_after = place_in_block(seed, block + 1 + blocks, every) < rest
    return min(available, gold + blocks + ends_after)


class Turn(Enum):
    """Which samples a person may get next: others, a gold sample before them, or nothing but gold samples."""

    OTHERS = "others"
    GOLD = "gold"
    ONLY_GOLD = "only gold"


class Standing(Enum):
    """What a person may do in a dataset."""

    FREE = "free"
    QUALIFYING = "qualifying"  # gold samples alone
    FAILED = "failed"  # nothing, until they try again
    PAUSED = "paused"  # nothing, until an admin lifts it


@dataclass(frozen=True)
class PersonTest:
    """How a person stands in a dataset, the words for it, and the attempt at the qualification if any."""

    standing: Standing = Standing.FREE
    words: str = ""
    attempt: Qualification | None = None
    answered: int = 0  # gold samples of the attempt

    @property
    def is_closed(self) -> bool:
        """Whether they get no sample at all."""
        return self.standing in {Standing.FAILED, Standing.PAUSED}

    def closed_because(self, sample: Sample) -> str:
        """Why they can't label this sample; empty when they can."""
        if self.is_closed:
            return self.words
        if self.standing == Standing.QUALIFYING and sample.only_for_id is None:
            return "First come some samples that show whether the guidelines are clear: label the next one."
        return ""


FREE = PersonTest()


def test_of(member: Membership, dataset: Dataset) -> PersonTest:
    """How the member stands. No query where nobody is tested, else three at the most."""
    if not dataset.tests_people or not member.tested_id:
        return FREE
    mine = {"dataset": dataset, "user": member.user_id}
    pause = GoldPause.objects.lasting().filter(**mine).first()
    if pause is not None:
        words = PAUSED.format(right=pause.right, asked=pause.asked)
        return PersonTest(Standing.PAUSED, words)
    if not dataset.qualification_samples:
        return FREE
    attempt = Qualification.objects.filter(**mine).first()
    if attempt is None:
        return PersonTest(Standing.QUALIFYING)
    if attempt.ended_at is None:
        results = GoldResult.objects.filter(**mine, answered_at__gte=attempt.started_at)
        answered = results.values("sample").distinct().count()
        return PersonTest(Standing.QUALIFYING, attempt=attempt, answered=answered)
    if attempt.is_passed:
        return PersonTest(attempt=attempt)
    words = FAILED.format(
        right=attempt.right, asked=attempt.asked, percent=dataset.qualification_percent
    )
    return PersonTest(Standing.FAILED, words, attempt)


def require_open(member: Membership, sample: Sample) -> None:
    """Raises WrongState when the member may not label this sample now, being paused or not qualified."""
    if closed := test_of(member, sample.dataset).closed_because(sample):
        raise WrongState(closed)


def feedback_on(sample: Sample, user: User) -> str:
    """What the author is told of an answer to a gold sample; empty for others, and where nobody is told."""
    if sample.gold_of_id is None or not sample.dataset.gold_feedback:
        return ""
    results = GoldResult.objects.filter(sample=sample.gold_of_id, user=user)
    rows = list(results.select_related("variable"))
    known = GoldAnswer.objects.get(sample=sample.gold_of_id).values
    wrong = [
        f"{row.variable.name} is {row.variable.spec.display(known[str(row.variable_id)])}"
        for row in rows
        if not row.is_right
    ]
    if not wrong:
        return "That sample was a check: all your values agree with what is known."
    return f"That sample was a check. {'; '.join(wrong)}."
