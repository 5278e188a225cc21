"""The caller, their workspaces, and the capabilities of this server."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts.models import ApiToken, Membership, Role, Scope
from annotator.accounts.permissions import Action
from annotator.api.capabilities import capabilities
from annotator.api.pagination import NumberedPagination, paginated_response
from annotator.api.views.base import ApiView
from annotator.datasets.serializers.fields import JsonObject

Rows = list[dict[str, Any]]  # spelled here, since a class below has a method named list
Memberships = list[Membership]


class UserShape(serializers.Serializer[Any]):
    """Whose token this is, and what it may do in the workspace of the request."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    workspace = serializers.UUIDField()
    role = serializers.ChoiceField(choices=Role.choices)
    scope = serializers.ChoiceField(choices=Scope.choices, allow_null=True)


class WorkspaceShape(serializers.Serializer[Any]):
    """A workspace that the caller is in."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    default = serializers.BooleanField(help_text="Whether `default` names it for this token.")


class CapabilitiesShape(serializers.Serializer[Any]):
    """What this server can do beyond the platform's page."""

    product = serializers.CharField()
    version = serializers.CharField()
    api = serializers.IntegerField()
    include = serializers.ListField(child=serializers.CharField())
    bulk = serializers.ListField(child=serializers.CharField())
    max_bulk_rows = serializers.IntegerField(help_text="Samples or values in one call.")
    max_bulk_files = serializers.IntegerField(help_text="Pictures in one call.")
    max_bulk_files_bytes = serializers.IntegerField()
    cursor = serializers.BooleanField()
    conditional = serializers.BooleanField(help_text="ETag and If-None-Match, for every GET.")
    gzip = serializers.BooleanField(help_text="Of answers and of bodies in JSON.")
    idempotency_key = serializers.BooleanField()
    max_page_size = serializers.IntegerField()
    max_objects_per_sample = serializers.IntegerField()
    training_params = serializers.DictField(
        child=JsonObject(), help_text="By backend, the JSON Schema of a task's training_params."
    )
    backends = serializers.DictField(
        child=JsonObject(),
        help_text="By backend, whether it can train here; if not, why, and the command that brings it.",
    )


class ServiceShape(serializers.Serializer[Any]):
    """Which service the platform's client would use; any is fine."""

    service = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    call_type = serializers.CharField(required=False, allow_blank=True, allow_null=True)


class AuthorizedShape(serializers.Serializer[Any]):
    """The token is good."""

    user_id = serializers.IntegerField()
    workspace = serializers.UUIDField()


class Account(ApiView):
    """The caller, and the workspaces they are in."""

    tag = "Account"
    noun = "the account"
    nouns = "workspaces"
    action_for = {
        "me": Action.READ,
        "authorize": Action.READ,
        "capabilities": Action.READ,
    }
    body_serializers = {"authorize": ServiceShape}
    response_serializers = {
        "me": UserShape,
        "authorize": AuthorizedShape,
        "capabilities": CapabilitiesShape,
    }

    def me(self, request: Request) -> Response:
        """Whose token this is."""
        return Response(
            {
                "id": self.user.pk,
                "username": self.user.get_username(),
                "email": self.user.email,
                "first_name": self.user.first_name,
                "last_name": self.user.last_name,
                "workspace": self.member.workspace_id,
                "role": self.member.role,
                "scope": self.member.token_scope,
            }
        )

    def authorize(self, request: Request) -> Response:
        """The platform's clients ask here once whether their token may use a service: it may."""
        self.validated_body()
        return Response({"user_id": self.user.pk, "workspace": self.member.workspace_id})

    def capabilities(self, request: Request) -> Response:
        """What a client may use here that the platform's page does not promise."""
        return Response(capabilities())


class Workspaces(ApiView):
    """The workspaces that the caller is in."""

    tag = "Account"
    noun = "a workspace"
    nouns = "workspaces"
    action_for = {"list": Action.READ}
    list_serializer_class = WorkspaceShape
    pagination_class = NumberedPagination

    def list(self, request: Request) -> Response:
        """The workspaces that the caller is in, oldest membership first."""
        memberships = Membership.objects.filter(user=self.user).select_related("workspace")
        return paginated_response(request, memberships, self._rows)

    def _rows(self, memberships: Memberships) -> Rows:
        token = self.request.auth
        default = token.workspace_id if isinstance(token, ApiToken) else self.member.workspace_id
        return [
            {
                "id": membership.workspace_id,
                "name": membership.workspace.name,
                "role": membership.role,
                "default": membership.workspace_id == default,
            }
            for membership in memberships
        ]
