"""What changed in the data since a version was trained."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.datasets.models import Sample
from annotator.errors import BadInput
from annotator.training import data_changes, data_states
from annotator.training.models import ModelVersion
from annotator.training.views.versions import version_crumb, version_crumbs, visible_version

RENDERED = 20_000  # samples of a task that this page renders to compare them; more take too long


@require_safe
@allow(Action.READ)
def changes(request: HttpRequest, version_id: str) -> HttpResponse:
    """What changed in the data since a version was trained: until now, or until another version."""
    version = visible_version(request, version_id)
    others = list(version.task.versions.exclude(pk=version.pk))
    until = request.GET.get("until", "")
    other = next((one for one in others if str(one.version) == until), None)
    if until and other is None:
        raise Http404("This task has no such version.")
    result, problem = data_changes_of(version, other)
    context = {
        "crumbs": [*version_crumbs(version), version_crumb(version)],
        "task": version.task,
        "version": version,
        "others": others,
        "until": other,
        "changes": result,
        "visible": visible_ids(request, result),
        "problem": problem,
        "named": data_changes.NAMED,
    }
    return render(request, "training/changes.html", context)


def visible_ids(request: HttpRequest, result: data_changes.DataChanges | None) -> set[str]:
    """Which of the named samples still exist."""
    named = [one.id for group in (result.samples if result else ()) for one in group.samples]
    samples = Sample.objects.visible_to(member_of(request)).filter(pk__in=named)
    return {str(pk) for pk in samples.values_list("pk", flat=True)}


def data_changes_of(
    version: ModelVersion, other: ModelVersion | None
) -> tuple[data_changes.DataChanges | None, str]:
    """The changes until the other version, None for now; else None and why they cannot be said."""
    before = data_states.state_of_version(version)
    if before is None:
        return None, f"Version {version.version} keeps no list of its samples."
    if other is not None:
        after = data_states.state_of_version(other)
        if after is None:
            return None, f"Version {other.version} keeps no list of its samples."
        return data_changes.changes(before, after), ""
    samples = Sample.objects.live().filter(dataset__tasks=version.task)
    if samples[: RENDERED + 1].count() > RENDERED:
        return (
            None,
            f"The task has more than {RENDERED:,} samples: train it, then compare versions.",
        )
    try:
        with data_states.present_state(version.task) as present:
            return data_changes.changes(before, present), ""
    except BadInput as refusal:
        return None, str(refusal)
