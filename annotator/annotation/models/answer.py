"""What each person answered, and the rules of who may label what."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.accounts.models import Membership, User
from annotator.accounts.roles import Action, may, visible
from annotator.annotation.models.fields import MAX_EFFORT, REASON_LENGTH, DatasetOfSample, Effort
from annotator.annotation.models.state import AnswerState
from annotator.annotation.models.value import VALUES, AnswerValue
from annotator.annotation.risk import Risk
from annotator.compiled import CompiledQuery, Given, compiled_move, unsaved
from annotator.datasets.models import Dataset, Sample, SampleQuerySet, asked_of
from annotator.errors import WrongState
from annotator.push.models import Delivery

HAS_FIRST, BY_RULE = Q(first_reviewer__isnull=False), Q(is_self_accepted=True)


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
            return answers.filter(sample__only_for=None)
        return visible(answers.filter(author=member.user_id), member, Action.LABEL)

    def own(self, sample: Sample, user: User) -> Answer:
        """This person's answer to the sample; a draft that is not saved yet when they have none."""
        answers: list[Answer] = OWN.instances(sample=sample.pk, author=user.pk)
        answer = answers[0] if answers else unsaved(Answer)
        answer.author = user
        answer.sample = sample  # with what the caller has loaded along with it
        return answer

    def own_of(self, samples: Collection[Sample], user: User) -> dict[Sample, Answer]:
        """As `own`, of many samples; with what `is_sent` asks. One query."""
        sent = Delivery.objects.sent_since(OuterRef("submitted_at"), OuterRef("sample"))
        own = self.filter(sample__in=samples, author=user).annotate(was_sent=Exists(sent))
        by_sample = {answer.sample_id: answer for answer in own}
        Sample.objects.note_asked(samples, user.pk)
        answers = {sample: by_sample.get(sample.pk) or Answer() for sample in samples}
        for sample, answer in answers.items():
            answer.author, answer.sample = user, sample
        return answers

    def samples_to_label(self, member: Membership) -> SampleQuerySet:
        """What the member is asked to label now: badge, list, progress and queue all use this.

        Samples that await a label, unless the member has skipped them or has answered and others are asked
        too, and those returned to the member; none that are assigned to others or that somebody else has
        open. Each of them is open to the member (`Answer.closed_because`). A skipped sample is open too, for
        whoever goes there, and offered to nobody.
        """
        samples = Sample.objects.visible_to(member).free_for(member.user_id)
        return visible(samples.filter(self.awaits_label_by(member.user_id)), member, Action.LABEL)

    def awaits_label_by(self, user_id: int) -> Q:
        """The condition on a sample that this person is asked to label it, whoever has it open."""
        own = self.filter(sample=OuterRef("pk"), author=user_id)
        done = Exists(own.filter(state__in=Answer.DONE_STATES))
        returned = Exists(own.filter(state=Answer.State.RETURNED))
        to_label = Q(~done, asked_of(user_id), state=Sample.State.UNLABELED)
        shown = Q(only_for=None) | Q(only_for=user_id)
        return shown & (to_label | Q(returned, state=Sample.State.RETURNED))


class Answer(models.Model):
    """One person's set of values for one sample. Others' answers stay hidden from an annotator."""

    State = AnswerState
    # In which its author is not asked again, though the sample awaits a label.
    DONE_STATES = [State.SKIPPED, State.COLLECTED]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(
        Sample,
        on_delete=models.CASCADE,
        related_name="answers",
        db_index=False,  # answer_once_per_person begins with it
    )
    dataset = DatasetOfSample(
        Dataset,
        on_delete=models.CASCADE,
        editable=False,
        db_index=False,  # answer_in_order begins with it
        related_name="+",
    )
    author = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="answers",
        db_index=False,  # answer_by_author begins with it
    )
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    rev = models.PositiveIntegerField(default=0)  # grows with every change of any of its values
    skip_reason = models.CharField(max_length=Sample.SKIP_REASON_LENGTH, blank=True)
    # Of all fields that were returned; see ReturnedField.
    return_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    # Whether a rule accepted its values, without a review: then its author may undo that.
    is_self_accepted = models.BooleanField(default=False)
    # Whose verdict is disputed, or who approved first where people differ: somebody else decides.
    first_reviewer = models.ForeignKey(
        User, models.SET_NULL, null=True, db_index=False, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # What it took before its submits: the time without idle time, and keys. None: no page has counted.
    active_ms = models.PositiveIntegerField(null=True)
    key_presses = models.PositiveIntegerField(null=True)
    # Why a reviewer should see it early, as `Risk`; written with each submit.
    risk = models.PositiveSmallIntegerField(default=0, editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    was_sent: bool | None = None  # `is_sent`, where `AnswerQuerySet.own_of` has read it along

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
            models.Index(
                fields=["dataset", "state", "-risk", "submitted_at", "id"], name="answer_riskiest"
            ),
            models.Index(
                fields=["first_reviewer", "dataset"], condition=HAS_FIRST, name="answer_by_second"
            ),
            models.Index(
                fields=["dataset", "submitted_at", "id"], condition=BY_RULE, name="answer_by_rule"
            ),
        ]

    @property
    def is_returned(self) -> bool:
        """Whether a reviewer asked its author to change it."""
        return self.state == self.State.RETURNED

    @property
    def is_submitted(self) -> bool:
        """Whether it is submitted and nobody has reviewed it, alone or with others."""
        return self.state in {self.State.SUBMITTED, self.State.COLLECTED}

    @property
    def is_saved(self) -> bool:
        """Whether the answer is in the database; see `AnswerQuerySet.own`."""
        return not self._state.adding

    def value_rows(self) -> dict[uuid.UUID, AnswerValue]:
        """Its values by variable; one query, composed once, and none before it is saved."""
        rows: list[AnswerValue] = VALUES.instances(answer=self.pk) if self.is_saved else []
        return {row.variable_id: row for row in rows}

    def returned_because(self) -> dict[uuid.UUID, str]:
        """Why a reviewer returned fields of it the last time, by variable; empty: the whole, or never.

        One query where it was returned, else none.
        """
        if self.returned_at is None:
            return {}
        return dict(self.returned_fields.last_return().values_list("variable", "reason"))

    @property
    def open_sample_states(self) -> list[str]:
        """The states of its sample in which the author may label it.

        An answer that was submitted or approved counts for nothing once its sample is to be labelled
        again: `actions.open_answer` makes a draft of it. One that was collected counts.
        """
        if self.state == self.State.COLLECTED:
            return []
        states: list[str] = [Sample.State.UNLABELED, Sample.State.SKIPPED]
        return [*states, Sample.State.RETURNED] if self.state == self.State.RETURNED else states

    @property
    def undo_sample_states(self) -> list[str]:
        """The states of its sample in which the author may undo their submit or skip."""
        if self.state == self.State.APPROVED and self.is_self_accepted:
            return [Sample.State.APPROVED]
        if self.state == self.State.COLLECTED:
            return [Sample.State.UNLABELED, Sample.State.SUBMITTED]
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
        if self.was_sent is not None:
            return self.was_sent
        return Delivery.objects.sent_since(self.submitted_at, self.sample_id).exists()

    def effort_with(self, visit: Effort | None) -> dict[str, int]:
        """The columns of the effort with what this visit took; only those that were counted."""
        if visit is None:
            return {}
        return {
            name: min((getattr(self, name) or 0) + counted, MAX_EFFORT)
            for name, counted in vars(visit).items()
            if counted is not None
        }

    def move(self, *, to: str, only_from: list[Any], **changes: Any) -> None:
        """Change state, and other columns with it, in one UPDATE.

        Raises WrongState when the answer is no longer in one of `only_from`.
        """
        computed = {k: v for k, v in changes.items() if hasattr(v, "resolve_expression")}
        plain = {k: v for k, v in changes.items() if k not in computed}
        moving = compiled_move(Answer, "answer", tuple(plain), tuple(computed.items()))
        if not moving.run(answer=self.pk, only_from=only_from, to=to, **plain):
            raise WrongState("This answer is no longer open: it was submitted or reviewed.")
        self.state = to
        for name in computed:
            self.__dict__.pop(name, None)  # read when it is needed
        for name, value in plain.items():
            setattr(self, name, value)

    @property
    def risks(self) -> list[Risk]:
        """Why a reviewer should see it early, the gravest reason first."""
        return [risk for risk in reversed(Risk) if risk & self.risk]

    @property
    def closed_because(self) -> str:
        """Why the author can't label the sample now; empty when they can."""
        state = self.sample.state
        if state in self.open_sample_states:
            is_asked = self.is_returned or self.sample.is_asked_of(self.author_id)
            return "" if is_asked else self.sample.assigned_to
        if state == Sample.State.APPROVED:
            if self.is_sent:
                return "Your values are accepted and were sent to the remote: this can't be undone."
            return "This sample is approved: its values are accepted."
        if state == Sample.State.RETURNED:
            return "This was returned to the person who answered it."
        if self.is_submitted:
            return "You have submitted this. Undo that to change it."
        return "Somebody else has submitted this: it awaits its review."

    def needs_another_reviewer(self, user_id: int) -> bool:
        """Whether it is this person's own answer, and the dataset wants somebody else to review it."""
        return self.author_id == user_id and not self.sample.dataset.self_review_allowed

    def is_among_own(self, user_id: int) -> bool:
        """As `needs_another_reviewer`, also where the person's own is one of several reviewed together.

        One query where several people are asked, else none.
        """
        if self.needs_another_reviewer(user_id):
            return True
        if self.sample.dataset.self_review_allowed or not self.sample.asks_several:
            return False
        own = Answer.objects.filter(sample=self.sample_id, author=user_id)
        return own.filter(state=self.State.COLLECTED).exists()

    def require_open(self) -> None:
        """Raises WrongState when the author can't label the sample (any more)."""
        if self.closed_because:
            raise WrongState(self.closed_because)


OWN = CompiledQuery(
    lambda: Answer.objects.filter(
        sample_id=Given("sample", models.UUIDField()),
        author_id=Given("author", models.BigIntegerField()),
    ).order_by()
)
