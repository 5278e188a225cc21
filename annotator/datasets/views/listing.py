"""The datasets of the workspace, and a new one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from annotator.accounts.forms import add_errors
from annotator.accounts.permissions import Action, allow, may, member_of
from annotator.datasets.forms.datasets import DatasetForm
from annotator.datasets.models import Dataset
from annotator.datasets.queries import dataset_cards
from annotator.datasets.views.context import link, work_links
from annotator.errors import BadInput


@require_safe
@allow(Action.READ)
def datasets(request: HttpRequest) -> HttpResponse:
    """Every dataset with how far it is."""
    member = member_of(request)
    datasets = Dataset.objects.visible_to(member).select_related("remote")
    cards = [(card, work_links(request, card.dataset)) for card in dataset_cards(datasets, member)]
    context = {
        "cards": cards,
        "mirror_url": link("connections:list") if may(member, Action.MANAGE_REMOTES) else "",
        "can_manage": may(member, Action.MANAGE_SCHEMA),
    }
    return render(request, "datasets/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCHEMA)
def new(request: HttpRequest) -> HttpResponse:
    """A new dataset; a name is enough. Then on to its schema."""
    member = member_of(request)
    form = DatasetForm(request.POST or None, workspace=member.workspace)
    if request.method == "POST" and form.is_valid():
        try:
            dataset = form.create(by=member.user)
        except BadInput as error:
            add_errors(form, error)
        else:
            messages.success(
                request, f"{dataset.name} was created. Add the variables to ask for each sample."
            )
            return redirect("datasets:schema", dataset.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "datasets/new.html", {"form": form}, status=status)
