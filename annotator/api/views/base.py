"""What every address of the API does the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSet

from annotator.accounts.limits import Rate
from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.permissions import Action
from annotator.api.filters import Filter, apply_filters
from annotator.api.idempotency import HEADER, Handler, once
from annotator.api.pagination import NumberedPagination, paginated_response
from annotator.api.parsers import MAX_BODY_BYTES, GuardedJSONParser
from annotator.api.permissions import MayAct
from annotator.api.throttles import count_anonymous, count_call, refuse_if_exceeded
from annotator.api.workspace import resolve_member

SCHEMA_ACTIONS = {
    "list": Action.READ,
    "retrieve": Action.READ,
    "create": Action.MANAGE_SCHEMA,
    "partial_update": Action.MANAGE_SCHEMA,
    "destroy": Action.DELETE,
}
SAMPLE_ACTIONS = SCHEMA_ACTIONS | dict.fromkeys(["create", "partial_update"], Action.MANAGE_SAMPLES)


class AlwaysJSON(BaseContentNegotiation):
    """Every response is JSON, whatever the Accept header says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser for the body's type, None when there is none (415)."""
        kind = request.content_type.split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(ViewSet):
    """A view that knows its caller (`user`), their workspace (`member`, `workspace`) and their rights."""

    action_for: ClassVar[dict[str, Action]]
    body_serializers: ClassVar[dict[str, type[BaseSerializer]]] = {}  # by action
    form_serializers: ClassVar[dict[str, type[BaseSerializer]]] = {}  # of forms with files
    # Need no Idempotency-Key: a second call changes nothing.
    idempotent_actions: ClassVar[frozenset[str]] = frozenset()
    # For the documentation: what an action responds with, which actions respond with 201, the heading.
    response_serializers: ClassVar[dict[str, Any]] = {}
    creating_actions: ClassVar[frozenset[str]] = frozenset({"create"})
    tag: ClassVar[str]
    noun: ClassVar[str]
    nouns: ClassVar[str] = ""
    permission_classes = [MayAct]
    parser_classes = [GuardedJSONParser]
    content_negotiation_class = AlwaysJSON
    metadata_class = None  # no OPTIONS: it would list choices
    max_body_bytes_of: ClassVar[dict[str, int]] = {}  # of actions that take more than most
    stores_files: ClassVar[bool] = False  # for the documentation: may respond with 507
    # The field that names the row which a new one belongs to for ever; "": it belongs to the workspace.
    parent_field: ClassVar[str] = ""
    rate: Rate | None = None
    member: Membership  # the caller in the workspace of the request; set by `initial`
    post: Handler  # set by the router when the address takes a POST

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, throttle, find the workspace, check rights: in this order, before any other query."""
        self.format_kwarg = None
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        try:
            is_authenticated = request.user.is_authenticated
        except AuthenticationFailed:
            self.rate = count_anonymous(request)
            refuse_if_exceeded(self.rate)
            raise
        self.rate = count_call(request)
        refuse_if_exceeded(self.rate)
        if not is_authenticated:
            raise NotAuthenticated
        self.member = resolve_member(request)
        self.check_permissions(request)
        is_keyed = HEADER in request.headers and self.action not in {None, *self.idempotent_actions}
        if request.method == "POST" and is_keyed:
            self.post = once(self.post, self.user)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the headers of caches and of the rate limit. No shared cache stores a response; the caller
        may store a GET's, to revalidate it.
        """
        response = super().finalize_response(request, response, *args, **kwargs)
        may_keep = request.method in {"GET", "HEAD"} and response.status_code == 200
        cache_control = "private, no-cache" if may_keep else "private, no-store"
        response.headers.setdefault("Cache-Control", cache_control)
        patch_vary_headers(response, ["Authorization", "Accept-Encoding"])
        for name, value in (self.rate.headers if self.rate else {}).items():
            response.headers[name] = value
        return response

    @property
    def max_body_bytes(self) -> int:
        """The longest body that the action takes, in bytes after unpacking."""
        return self.max_body_bytes_of.get(self.action or "", MAX_BODY_BYTES)

    @property
    def workspace(self) -> Workspace:
        return self.member.workspace

    @property
    def user(self) -> User:
        return self.member.user

    @property
    def host(self) -> str:
        """https://name[:port], as the caller reached us."""
        return f"{self.request.scheme}://{self.request.get_host()}"

    def validated_body(self, *, partial: bool = False) -> dict[str, Any]:
        """The validated body; a `partial` one without the parent, which stays. ValidationError (400)."""
        body = self.request.data
        if not isinstance(body, dict):
            raise ValidationError({"detail": "Send a JSON object."})
        serializer_class = self.body_serializers[self.action]
        serializer: Any = serializer_class(
            data=body, partial=partial, context={"member": self.member}
        )
        if partial and self.parent_field:
            del serializer.fields[self.parent_field]
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


@dataclass(frozen=True)
class RowActions:
    """What creates (in a parent row), updates and deletes a row; each takes `by`."""

    create: Any
    update: Any
    delete: Any


class ResourceViewSet(ApiView):
    """List, read, create, change and delete the rows of one table.

    A subclass names its serializers (of bodies, and for the documentation), filters, orders and actions, and
    reads and serializes the rows.
    """

    serializer_class: ClassVar[type[BaseSerializer]]
    list_serializer_class: ClassVar[type[BaseSerializer] | None] = None
    pagination_class = NumberedPagination
    filters: ClassVar[tuple[Filter, ...]] = ()
    orders: ClassVar[tuple[str, ...]] = ("created", "name")
    # Serializes a page of the list by the rows' ids alone: see `paginated_response`.
    serialize_ids: ClassVar[Any] = None
    row_actions: ClassVar[RowActions]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.body_serializers = {
            "create": cls.serializer_class,
            "partial_update": cls.serializer_class,
            **cls.body_serializers,
        }

    def rows(self) -> QuerySet:
        """All rows that the caller may see, with the columns that `serialize` needs."""
        raise NotImplementedError

    def serialize(self, row: Any) -> dict[str, Any]:
        """The row as its own address shows it."""
        raise NotImplementedError

    def serialize_pk(self, pk: Any) -> dict[str, Any]:
        """The row with this id as its own address shows it; 404 for one that the caller may not see."""
        return self.serialize(self.get_row(pk))

    def serialize_rows(self, rows: list[Any]) -> list[dict[str, Any]]:
        """The rows of one page of the list."""
        return [self.serialize(row) for row in rows]

    def arguments(self, data: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments of `row_actions` for a validated body."""
        return data

    def get_row(self, pk: Any) -> Any:
        """The row with this id; 404 for one that the caller may not see."""
        return get_object_or_404(self.rows(), pk=pk)

    def filter_rows(self, rows: QuerySet) -> QuerySet:
        """The rows that match the query string's filters. ValidationError (400)."""
        return apply_filters(rows, self.filters, self.request.query_params)

    def known_count(self) -> int | None:
        """How many rows the list has in all, where that is kept; else they are counted."""
        return None

    def list(self, request: Request) -> Response:
        return paginated_response(
            request,
            self.filter_rows(self.rows()),
            self.serialize_rows,
            orders=self.orders,
            serialize_ids=self.serialize_ids,
            count=self.known_count(),
        )

    def retrieve(self, request: Request, pk: Any) -> Response:
        return Response(self.serialize_pk(pk))

    def create(self, request: Request) -> Response:
        data = self.validated_body()
        parent = data.pop(self.parent_field) if self.parent_field else self.workspace
        row = self.row_actions.create(parent, by=self.user, **self.arguments(data))
        return Response(self.serialize_pk(row.pk), status=201)

    def partial_update(self, request: Request, pk: Any) -> Response:
        row = self.get_row(pk)
        data = self.validated_body(partial=True)
        if data:
            self.row_actions.update(row, by=self.user, **self.arguments(data))
        return Response(self.serialize_pk(pk))

    def destroy(self, request: Request, pk: Any) -> Response:
        self.row_actions.delete(self.get_row(pk), by=self.user)
        return Response(status=204)
