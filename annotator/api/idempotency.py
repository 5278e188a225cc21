"""`Idempotency-Key`: the same POST sent twice has its effect once, and both get the one answer.

The claim on the key is committed first, the effect and its answer together after it. A server that dies in
between leaves a claim without an effect, which is given up after a while.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.models import User
from annotator.api.models import GIVEN_UP_AFTER, KEPT_FOR, IdempotentCall
from annotator.errors import WrongState

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
Handler = Callable[..., Response]


class AnotherBody(APIException):
    """The key was used for another call."""

    status_code = 422
    default_detail = "This Idempotency-Key came with another call before. Use a new one."


def once(handler: Handler, user: User) -> Handler:
    """The handler of a POST, made to have its effect once for each key of this person."""

    def call(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers[HEADER]
        if not KEY.fullmatch(key):
            raise ValidationError(
                {"detail": f"{HEADER} must be 1 to 255 printable characters without spaces."}
            )
        known = _claim(user, key, _fingerprint(request))
        if known.status is not None:
            return _replayed(known)
        try:
            with transaction.atomic():
                response = handler(request, *args, **kwargs)
                _keep(known, response)
        except BaseException:
            IdempotentCall.objects.filter(pk=known.pk, status=None).delete()
            raise
        return response

    return call


def forget_old() -> int:
    """Drop the answers that nobody will ask for any more; says how many."""
    old = IdempotentCall.objects.filter(claimed_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def _claim(user: User, key: str, fingerprint: str) -> IdempotentCall:
    """Our own claim (status None), or the call that was answered before. WrongState while it goes on."""
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(user=user, key=key, fingerprint=fingerprint)
    except IntegrityError:
        pass
    known = IdempotentCall.objects.filter(user=user, key=key).first()
    if known is None:  # released between our two looks
        return _claim(user, key, fingerprint)
    if known.fingerprint != fingerprint:
        raise AnotherBody
    if known.status is None and not _taken_over(known):
        raise WrongState("The first call with this Idempotency-Key is still under way.")
    return known


def _taken_over(known: IdempotentCall) -> bool:
    """Whether the claim of a server that died is now ours."""
    now = timezone.now()
    stale = IdempotentCall.objects.filter(
        pk=known.pk, status=None, claimed_at=known.claimed_at, claimed_at__lt=now - GIVEN_UP_AFTER
    )
    return bool(stale.update(claimed_at=now))


def _keep(known: IdempotentCall, response: Response) -> None:
    body = JSONRenderer().render(response.data).decode()  # empty for an answer without a body
    IdempotentCall.objects.filter(pk=known.pk).update(status=response.status_code, body=body)


def _replayed(known: IdempotentCall) -> Response:
    data = json.loads(known.body) if known.body else None
    return Response(data, status=known.status, headers={"Idempotency-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """Of all that decides the effect: the address with its query, and what the body says."""
    said = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
