"""The pages: what awaits a verdict, one answer, the next one. A GET changes nothing."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation import leases, sql, work
from annotator.annotation.models import Answer
from annotator.annotation.work import preview_context, uuid_or_none
from annotator.datasets.models import Dataset, Sample
from annotator.datasets.rendering import render_sample
from annotator.review import actions
from annotator.review.forms import current_values
from annotator.review.queries import submitted, waiting
from annotator.review.skipped import skipped_by_dataset
from annotator.review.views.work import (
    answer_or_404,
    is_riskiest_first,
    keep_order,
    part_of,
    posted_rows,
    render_answer_page,
    sample_url,
    url_of_next,
    work_context,
)


@require_safe
@allow(Action.REVIEW)
def start(request: HttpRequest) -> HttpResponse:
    """The datasets in which something awaits my verdict; straight in when there is one."""
    datasets = waiting(member_of(request))
    mine = [each for each in datasets if each.number]
    if len(mine) == 1 and "list" not in request.GET:
        return redirect("review:queue", mine[0].dataset.pk)
    context = {
        "skipped": skipped_by_dataset(member_of(request)),
        "waiting": mine,
        "left": sum(each.number for each in mine),
        "own": sum(each.own for each in datasets),
        "after": uuid_or_none(request.GET.get("after", "")),
    }
    return render(request, "review/start.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REVIEW)
def queue(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """To the next answer. A POST holds it for me; a link only looks, and the page that opens holds it."""
    dataset = get_object_or_404(Dataset.objects.visible_to(member_of(request)), pk=dataset_id)
    keep_order(request)
    after = None
    if after_id := uuid_or_none(request.POST.get("after", "")):
        after = Answer.objects.filter(pk=after_id, sample__dataset=dataset).first()
    return redirect(next_url(request, dataset, after=after))


def next_url(request: HttpRequest, dataset: Dataset, *, after: Answer | None) -> str:
    """The address of the next answer, or of the list when nothing is left here."""
    member, is_post = member_of(request), request.method == "POST"
    answer = actions.next_answer(
        member, dataset, after=after, hold=is_post, is_riskiest_first=is_riskiest_first(request)
    )
    return url_of_next(request, dataset, answer)


@require_safe
@allow(Action.REVIEW)
def sample(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """One answer beside its pictures, row by row."""
    answer = answer_or_404(request, answer_id)
    if answer.state == Answer.State.COLLECTED and answer.sample.state == Sample.State.SUBMITTED:
        return redirect("review:of_sample", answer.sample_id)  # to the one that stands for all
    after = uuid_or_none(request.GET.get("after", ""))
    return render_answer_page(request, work_context(request, answer, after=after))


@require_safe
@allow(Action.REVIEW)
def of_sample(request: HttpRequest, sample_id: uuid.UUID) -> HttpResponse:
    """To the answer that awaits a verdict on this sample, the longest waiting if there are several."""
    answers = submitted(member_of(request)).filter(sample=sample_id).order_by("submitted_at", "id")
    return redirect(sample_url(get_object_or_404(answers[:1])))


@require_POST
@allow(Action.REVIEW)
def ahead(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """The page part of the answer that comes after this one, leased to me; 204 when none is left."""
    current = answer_or_404(request, answer_id)
    coming = actions.next_answer(
        member_of(request),
        current.sample.dataset,
        after=current,
        is_riskiest_first=is_riskiest_first(request),
    )
    if coming is None:
        return HttpResponse(status=204)
    return HttpResponse(part_of(request, coming.pk, after=current.pk, ahead=1))


@require_POST
@allow(Action.REVIEW)
def release(request: HttpRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Release the samples of the answers `ahead`, held `until` then: their page is being left."""
    member = member_of(request)
    dataset = get_object_or_404(Dataset.objects.visible_to(member), pk=dataset_id)
    answers = Answer.objects.filter(pk__in=work.at_hand(request.POST))
    until = leases.known_until(request.POST)
    samples = answers.values_list("sample_id", flat=True)
    leases.release(dataset, samples, member.user, until=until)
    return HttpResponse(status=204)


@require_POST
@allow(Action.REVIEW)
def preview(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """What the rows as they stand would be trained as. Changes nothing; a POST because forms are long."""
    answer = answer_or_404(request, answer_id)
    variables = list(answer.sample.dataset.variables.live())
    form, rows = posted_rows(request, answer, variables)
    rendered = render_sample(answer.sample, current_values(form, rows), variables=variables)
    return render(request, "annotation/_rendered.html", preview_context(rendered, rows))


@require_POST
@allow(Action.REVIEW)
def hold(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Hold the sample for me for some minutes more, and those `ahead`; an idle page calls this every minute.

    As `leases.lease`: {"held": true, "until"}, or {"held": false, "by": name, "asked", "until"} while
    somebody else has it open. `take_over` asks them to leave it.
    """
    answer, member = answer_or_404(request, answer_id), member_of(request)
    if answer.state != Answer.State.SUBMITTED:
        message = "Somebody has reviewed this answer meanwhile."
        return JsonResponse({"detail": message}, status=409)
    take_over = "take_over" in request.POST and may(member, Action.BREAK_LEASE)
    coming = Answer.objects.filter(pk__in=work.at_hand(request.POST))
    ahead = list(coming.values_list("sample_id", flat=True))
    return JsonResponse(
        leases.lease(
            answer.sample,
            member.user,
            at_hand=ahead,
            renewal=sql.RENEW_TO_REVIEW,
            take_over=take_over,
            is_idle=True,
        )
    )
