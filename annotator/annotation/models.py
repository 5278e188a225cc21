"""What each person answered, and the rules of who may label what."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may, visible
from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Dataset, Origin, Sample, SampleQuerySet, Variable
from annotator.errors import WrongState
from annotator.push.models import Delivery


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Answers by who may see them, and what is left for whom."""

    def visible_to(self, member: Membership) -> AnswerQuerySet:
        """The member's own answers; all of the workspace for those who may read them."""
        answers = self.filter(
            sample__dataset__workspace=member.workspace_id,
            sample__dataset__removed_at=None,
            sample__removed_at=None,
        )
        if may(member, Action.READ_OTHERS_ANSWERS):
            return answers
        return visible(answers.filter(author=member.user_id), member, Action.LABEL)

    def own(self, sample: Sample, user: User) -> Answer:
        """This person's answer to the sample; a draft that is not saved yet when they have none."""
        answers: list[Answer] = OWN.instances(sample=sample.pk, author=user.pk)
        answer = answers[0] if answers else Answer()
        answer.author = user
        answer.sample = sample  # with what the caller has loaded along with it
        return answer

    def samples_to_label(self, member: Membership) -> SampleQuerySet:
        """What the member is asked to label now: badge, list, progress and queue all use this.

        Samples that await a label, unless the member has skipped them, and those returned to the member;
        none that somebody else has open. Each of them is open to the member (`Answer.closed_because`). A
        skipped sample is open too, for whoever goes there, and offered to nobody.
        """
        samples = Sample.objects.visible_to(member).free_for(member.user_id)
        return visible(samples.filter(self.awaits_label_by(member.user_id)), member, Action.LABEL)

    def awaits_label_by(self, user_id: int) -> Q:
        """The condition on a sample that this person is asked to label it, whoever has it open."""
        own = self.filter(sample=OuterRef("pk"), author=user_id)
        skipped = Exists(own.filter(state=Answer.State.SKIPPED))
        returned = Exists(own.filter(state=Answer.State.RETURNED))
        return Q(~skipped, state=Sample.State.UNLABELED) | Q(returned, state=Sample.State.RETURNED)


class DatasetOfSample(models.ForeignKey[Dataset, Dataset]):
    """The dataset of the row's sample, written with the row, so that an index can begin with it."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Of the sample, which never changes its dataset; at every save and bulk_create."""
        row: Any = model_instance
        row.dataset_id = row.sample.dataset_id
        return row.dataset_id


class Answer(models.Model):
    """One person's set of values for one sample. Others' answers stay hidden from an annotator."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        RETURNED = "returned", "Returned"
        APPROVED = "approved", "Approved"
        SKIPPED = "skipped", "Skipped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="answers")
    dataset = DatasetOfSample(
        Dataset,
        on_delete=models.CASCADE,
        editable=False,
        db_index=False,  # answer_in_order begins with it
        related_name="+",
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="answers")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    rev = models.PositiveIntegerField(default=0)  # grows with every change of any of its values
    skip_reason = models.CharField(max_length=500, blank=True)
    return_reason = models.CharField(max_length=1000, blank=True)
    return_variable = models.ForeignKey(
        Variable, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Whether submitting accepted its values, without a review: then its author may undo that.
    is_self_accepted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "author"], name="answer_once_per_person")
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="answer_by_state"),
            models.Index(fields=["author", "state"], name="answer_by_author"),
            models.Index(fields=["author", "dataset", "submitted_at"], name="answer_by_time"),
            models.Index(fields=["dataset", "state", "submitted_at", "id"], name="answer_in_order"),
        ]

    @property
    def is_returned(self) -> bool:
        """Whether a reviewer asked its author to change it."""
        return self.state == self.State.RETURNED

    @property
    def is_saved(self) -> bool:
        """Whether the answer is in the database; see `AnswerQuerySet.own`."""
        return not self._state.adding

    def value_rows(self) -> dict[uuid.UUID, AnswerValue]:
        """Its values by variable; one query, composed once, and none before it is saved."""
        rows: list[AnswerValue] = VALUES.instances(answer=self.pk) if self.is_saved else []
        return {row.variable_id: row for row in rows}

    @property
    def open_sample_states(self) -> list[str]:
        """The states of its sample in which the author may label it.

        An answer that was submitted or approved counts for nothing once its sample is to be labelled
        again: `actions.open_answer` makes a draft of it.
        """
        states: list[str] = [Sample.State.UNLABELED, Sample.State.SKIPPED]
        return [*states, Sample.State.RETURNED] if self.state == self.State.RETURNED else states

    @property
    def undo_sample_states(self) -> list[str]:
        """The states of its sample in which the author may undo their submit or skip."""
        if self.state == self.State.APPROVED and self.is_self_accepted:
            return [Sample.State.APPROVED]
        if self.state not in {self.State.SUBMITTED, self.State.SKIPPED}:
            return []
        return [self.state, Sample.State.UNLABELED]  # both rows use the same word for it

    @property
    def can_undo(self) -> bool:
        """Whether the author may undo their submit or skip now."""
        return self.sample.state in self.undo_sample_states and not self.is_sent

    @property
    def is_sent(self) -> bool:
        """Whether values that were accepted without a review may have reached a remote; asks the database."""
        if not self.is_self_accepted or self.submitted_at is None:
            return False
        return Delivery.objects.sent_since(self.submitted_at, self.sample_id).exists()

    def move(self, *, to: str, only_from: list[Any], **changes: Any) -> None:
        """Change state, and other columns with it, in one UPDATE.

        Raises WrongState when the answer is no longer in one of `only_from`.
        """
        mine = Answer.objects.filter(pk=self.pk, state__in=only_from)
        if not mine.update(state=to, **changes):
            raise WrongState(
                "This answer is no longer open: it was submitted or reviewed meanwhile."
            )
        self.state = to
        for name, value in changes.items():
            setattr(self, name, value)

    @property
    def closed_because(self) -> str:
        """Why the author can't label the sample now; empty when they can."""
        state = self.sample.state
        if state in self.open_sample_states:
            return ""
        if state == Sample.State.APPROVED:
            if self.is_sent:
                return "Your values are accepted and were sent to the remote: this can't be undone."
            return "This sample is approved: its values are accepted."
        if state == Sample.State.RETURNED:
            return "This was returned to the person who answered it."
        if self.state == self.State.SUBMITTED:
            return "You have submitted this. Undo that to change it."
        return "Somebody else has submitted this: it awaits its review."

    def needs_another_reviewer(self, user_id: int) -> bool:
        """Whether it is this person's own answer, and the dataset wants somebody else to review it."""
        return self.author_id == user_id and not self.sample.dataset.self_review_allowed

    def require_open(self) -> None:
        """Raises WrongState when the author can't label the sample (any more)."""
        if self.closed_because:
            raise WrongState(self.closed_because)


class AnswerValue(models.Model):
    """The value of one variable in one answer. Compare-and-swap on `rev` decides who may write."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="values")
    variable = models.ForeignKey(Variable, on_delete=models.PROTECT, related_name="+")
    value = models.JSONField(null=True)
    is_set = models.BooleanField(default=True)
    rev = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=9, choices=Origin, default=Origin.TYPED)
    unsure = models.BooleanField(default=False)
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "variable"], name="answervalue_once")
        ]


OWN = CompiledQuery(
    lambda: Answer.objects.filter(
        sample_id=Given("sample", models.UUIDField()),
        author_id=Given("author", models.BigIntegerField()),
    ).order_by()
)
VALUES = CompiledQuery(
    lambda: AnswerValue.objects.filter(answer_id=Given("answer", models.UUIDField()))
)


class AnswerRevision(models.Model):
    """One revision of an answer's value. Append-only; one per operation."""

    answer_value = models.ForeignKey(AnswerValue, on_delete=models.CASCADE, related_name="history")
    rev = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    is_set = models.BooleanField(default=True)
    origin = models.CharField(max_length=9, choices=Origin)
    operation_id = models.UUIDField(
        unique=True
    )  # made by the browser: the same twice is one revision
    saved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["rev"]
        constraints = [
            models.UniqueConstraint(fields=["answer_value", "rev"], name="answerrevision_once")
        ]


class AnswerCount(models.Model):
    """A part of the number of a person's answers in one dataset that stand alike: the rows of a key add up.

    Answers of deleted samples do not count. Read only: triggers write it (annotator/annotation/counting.py).
    """

    # Without constraints: the triggers that a deleted dataset's answers set off come after it.
    dataset = models.ForeignKey(
        Dataset,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="answer_counts",
    )
    author = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=9)
    sample_state = models.CharField(max_length=9)
    day = models.DateField(null=True)  # on which it was submitted, in UTC
    number = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["dataset", "sample_state", "state", "author", "day"],
                name="answercount_by_key",
            ),
            models.Index(fields=["author", "dataset"], name="answercount_by_author"),
        ]
