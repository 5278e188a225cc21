"""What was written before in a field, for a script that completes what one types."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from annotator.accounts.permissions import Action, allow, member_of
from annotator.accounts.requests import HttpRequest
from annotator.annotation.queries import completions
from annotator.datasets.models import Variable


@require_safe
@allow(Action.LABEL)
def complete(request: HttpRequest, variable_id: uuid.UUID) -> HttpResponse:
    """{"texts"}: what begins with `q`, at most five. `part`: a member of an object, a.b inside of another."""
    member = member_of(request)
    variable = get_object_or_404(Variable.objects.visible_to(member), pk=variable_id)
    path = [name for name in request.GET.get("part", "").split(".") if name]
    typed = request.GET.get("q", "")
    return JsonResponse({"texts": completions(member, variable, typed, path=path)})
