"""What the pages of one answer have in common: finding it, whether it is open, its context."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse

from annotator.accounts.models import Membership, User
from annotator.accounts.permissions import member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import leases, work
from annotator.annotation.models import Answer
from annotator.annotation.queries import panes_of
from annotator.comments.queries import comment_count
from annotator.datasets.models import PROMPT_FIELDS, Dataset, Sample, Variable
from annotator.datasets.rendering import render_sample
from annotator.guidelines.models import Beside, Guideline
from annotator.review import actions
from annotator.review.choices import choices_of
from annotator.review.forms import (
    ReviewRow,
    columns_of,
    current_values,
    known_before,
    rows_of,
    show_returned,
    takes_choices,
)
from annotator.review.models import Review
from annotator.review.queries import done_by_others, history, progress, suggestions_of
from annotator.review.returning import REASONS, ReturnForm
from annotator.variables import AnswerForm

ORDER = "review_order"  # in the session: how the person wants the queue
ORDERS = ("oldest", "riskiest")


def keep_order(request: HttpRequest) -> None:
    """Remember the order of the queue that was posted, `order`: longest waiting or riskiest first."""
    if (order := request.POST.get("order")) in ORDERS:
        request.session[ORDER] = order


def is_riskiest_first(request: HttpRequest) -> bool:
    """Whether the person wants the riskiest answers first, else the longest waiting."""
    return bool(request.session.get(ORDER) == "riskiest")


def answer_or_404(request: HttpRequest, answer_id: Any) -> Answer:
    """The answer with its sample, dataset and prompts; 404 outside of the member's workspace."""
    member = member_of(request)
    guideline = Guideline.objects.state_for(OuterRef("dataset"), member.user_id)
    answers = Answer.objects.visible_to(member).annotate(**guideline)
    answers = answers.select_related(
        "author",
        "first_reviewer",
        "sample__lease_holder",
        "sample__lease_wanted_by",
        "sample__dataset__workspace",
        *(f"sample__dataset__{field}" for field in PROMPT_FIELDS),
    )
    return get_object_or_404(answers, pk=answer_id)


def closed_because(answer: Answer, user: User, reviews: list[Review]) -> str:
    """Why this person can't review the answer now; empty when they can."""
    if answer.state == Answer.State.SUBMITTED:
        if answer.first_reviewer_id == user.pk:
            return "You have reviewed this already: somebody else decides."
        is_own = answer.is_among_own(user.pk)
        return "This is your own answer: somebody else must review it." if is_own else ""
    if answer.state == Answer.State.APPROVED and answer.is_self_accepted:
        return "Accepted by rule, without a reviewer."
    last = next((review for review in reviews if review.answer_id == answer.pk), None)
    if last is None or last.decision != answer.state or last.reviewer is None:
        return f"This answer does not await a verdict: it is {answer.get_state_display().lower()}."
    who = "You have" if last.reviewer_id == user.pk else f"{last.reviewer.display_name} has"
    return f"{who} {last.get_decision_display().lower()} this answer."


def work_context(
    request: HttpRequest,
    answer: Answer,
    *,
    data: QueryDict | None = None,
    after: uuid.UUID | None = None,
    ahead: int = 0,
    late: str = "",
    return_form: ReturnForm | None = None,
) -> dict[str, Any]:
    """Everything that `_work.html` needs; with `data` the fields show what was sent.

    `after` is the answer reviewed before, whose verdict can be undone; `late` says why a verdict came
    too late; `return_form` is a refused form of the dialog.
    """
    member, sample = member_of(request), answer.sample
    variables = list(sample.dataset.variables.live())
    reviews = history(sample)
    compared_with, before = known_before(answer, reviews)
    suggested, (skips, others) = suggestions_of(sample, member), done_by_others(answer)
    choices = choices_of(answer, others, variables, suggested)
    form, rows = rows_of(answer, variables, before, data, suggested=suggested, choices=choices)
    rendered = render_sample(sample, current_values(form, rows), variables=variables)
    return {
        "answer": answer,
        "sample": sample,
        "dataset": sample.dataset,
        "guideline": Beside.of(answer),
        "rendered": rendered,
        "problems": work.problems_of(rendered, rows),
        "panes": panes_of(sample),
        "reviews": reviews,
        "skips": skips,
        **_rows_context(answer, others, rows, compared_with if before else ""),
        "progress": progress(member, sample.dataset, ahead=ahead),
        "late": late,
        "after": after,
        **_return_dialog(request, return_form),
        **_open_to(member, answer, reviews),
    }


def _rows_context(
    answer: Answer, others: list[Answer], rows: list[ReviewRow], compared_with: str
) -> dict[str, Any]:
    """The rows, those that can't be accepted, and where several people answered who they are and differ."""
    show_returned(rows, answer)
    return {
        "rows": rows,
        **columns_of(rows, compared_with),
        "invalid": [row for row in rows if row.errors],
        "people": [answer, *others] if others else [],
        "differing": [row for row in rows if not row.is_agreed],
    }


def posted_rows(
    request: HttpRequest, answer: Answer, variables: Sequence[Variable]
) -> tuple[AnswerForm, list[ReviewRow]]:
    """The rows as a browser sent them, with what others gave where it took something of that."""
    data, choices = request.POST, None
    if takes_choices(data):
        suggested = suggestions_of(answer.sample, member_of(request))
        choices = choices_of(answer, done_by_others(answer)[1], variables, suggested)
    return rows_of(answer, variables, {}, data, choices=choices)


def _return_dialog(request: HttpRequest, form: ReturnForm | None) -> dict[str, Any]:
    """The dialog's form with the reasons to choose from, and whether the page shows it open."""
    is_open = form is not None or "return" in request.GET
    reasons = list(enumerate(REASONS, start=1))
    return {"return_form": form or ReturnForm(), "is_returning": is_open, "reasons": reasons}


def _open_to(member: Membership, answer: Answer, reviews: list[Review]) -> dict[str, Any]:
    """Whether the member can review the answer now, why not, what can be done instead, how much was said."""
    sample = answer.sample
    closed = closed_because(answer, member.user, reviews)
    last = reviews[0] if reviews else None
    return {
        "closed": closed,
        "comment_count": comment_count(sample, member),
        "held_until": leases.freshly_held_until(sample, member.user),
        **leases.lease_context(sample, member, closed=bool(closed)),
        "can_reopen": closed and sample.state == Sample.State.APPROVED,
        "can_undo": closed and last and actions.can_undo(last, answer, by=member.user),
    }


def render_answer_page(
    request: HttpRequest, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, the part beside the navigation, or the table and its bar alone."""
    return work.render_work(request, "review", context, fields="_panel.html", status=status)


def sample_url(answer: Answer) -> str:
    """The address of the page of an answer."""
    return reverse("review:sample", args=[answer.pk])


def url_of_next(request: HttpRequest, dataset: Dataset, answer: Answer | None) -> str:
    """The address of the next answer; without one, of the list, which says that nothing is left here."""
    if answer is not None:
        return sample_url(answer)
    messages.success(request, f"Nothing is left for you to review in {dataset.name}.")
    return f"{reverse('review:start')}?list=1"


def part_of(request: HttpRequest, answer_id: uuid.UUID, **context: Any) -> str:
    """The part of the page beside the navigation, as a script puts it into an open page."""
    answer = answer_or_404(request, answer_id)
    return render_to_string("review/_work.html", work_context(request, answer, **context), request)
