"""Requests as the views of this app get them: Django's, with what the middleware adds."""

from __future__ import annotations

from django import http
from django_htmx.middleware import HtmxDetails

from annotator.accounts.models import Membership, User


class HttpRequest(http.HttpRequest):
    """A request after all middleware. For annotations alone: nothing is ever an instance of it."""

    htmx: HtmxDetails
    memberships: list[Membership]
    member: Membership | None


class MemberRequest(HttpRequest):
    """A request that `permissions.allow` has let through: by a person who is in a workspace."""

    user: User
    member: Membership
