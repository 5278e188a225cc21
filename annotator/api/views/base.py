"""What every address of the API does the same way."""

from __future__ import annotations

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

from annotator.accounts.models import Membership, User, Workspace
from annotator.accounts.permissions import Action
from annotator.api.filters import Filter, narrowed
from annotator.api.idempotency import HEADER, Handler, once
from annotator.api.pagination import Pages, page
from annotator.api.parsers import MAX_BODY_BYTES, GuardedJSONParser
from annotator.api.permissions import MayAct
from annotator.api.throttles import Rate, count_call, count_stranger, refuse_if_exceeded
from annotator.api.workspace import resolve_member


class AlwaysJSON(BaseContentNegotiation):
    """Every answer is JSON, whatever the caller says it accepts: a page is never one of ours."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser for the body's type, None when there is none (415)."""
        kind = request.content_type.split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(ViewSet):
    """Knows who asks (`user`), in which workspace (`member`, `workspace`), and whether they may."""

    action_for: ClassVar[dict[str, Action]]
    body_of: ClassVar[dict[str, type[BaseSerializer]]] = {}  # what the body of an action is read by
    # For the documentation: what an action answers, which answer 201, under which head it stands.
    answer_of: ClassVar[dict[str, Any]] = {}
    creates: ClassVar[frozenset[str]] = frozenset({"create"})
    # Those that may come again without harm, so that an Idempotency-Key adds nothing.
    repeatable: ClassVar[frozenset[str]] = frozenset()
    # What a form with files is read by, where one is taken beside JSON.
    form_of: ClassVar[dict[str, type[BaseSerializer]]] = {}
    tag: ClassVar[str]
    noun: ClassVar[str]
    nouns: ClassVar[str] = ""
    permission_classes = [MayAct]
    parser_classes = [GuardedJSONParser]
    content_negotiation_class = AlwaysJSON
    metadata_class = None  # no OPTIONS: it would list choices
    max_body_bytes_of: ClassVar[dict[str, int]] = {}  # of an action that takes more than most
    stores_files: ClassVar[bool] = False  # for the documentation: a full disk is told by a 507
    rate: Rate | None = None
    member: Membership  # the caller in the workspace of the request; set by `initial`
    post: Handler  # set by the router when the address takes a POST

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who, how often, where, and may they: in this order, and before anything is looked up."""
        self.format_kwarg = None
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        try:
            known = request.user.is_authenticated
        except AuthenticationFailed:
            self.rate = count_stranger(request)
            refuse_if_exceeded(self.rate)
            raise
        self.rate = count_call(request)
        refuse_if_exceeded(self.rate)
        if not known:
            raise NotAuthenticated
        self.member = resolve_member(request)
        self.check_permissions(request)
        is_keyed = HEADER in request.headers and self.action not in {None, *self.repeatable}
        if request.method == "POST" and is_keyed:
            self.post = once(self.post, self.user)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Private answers are kept by nobody between, and by the caller only to ask whether they still
        hold; the rate tells a script when to wait.
        """
        response = super().finalize_response(request, response, *args, **kwargs)
        may_keep = request.method in {"GET", "HEAD"} and response.status_code == 200
        kept = "private, no-cache" if may_keep else "private, no-store"
        response.headers.setdefault("Cache-Control", kept)
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

    def checked(self, *, without: tuple[str, ...] = (), partial: bool = False) -> dict[str, Any]:
        """The body as its shape reads it, without fields that cannot be set here. ValidationError: 400."""
        body = self.request.data
        if not isinstance(body, dict):
            raise ValidationError({"detail": "Send a JSON object."})
        shape = self.body_of[self.action]
        serializer: Any = shape(data=body, partial=partial, context={"member": self.member})
        for name in without:
            serializer.fields.pop(name)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ResourceViewSet(ApiView):
    """One kind of row: listed, read, created, changed, deleted.

    A subclass names its shapes for the schema (`row_shape`, `shape`), its filters and orders, and which
    fields stay as they were created (`fixed`), and says how rows are found, drawn and written.
    """

    shape: ClassVar[type[BaseSerializer]]
    row_shape: ClassVar[type[BaseSerializer] | None] = None
    pagination_class = Pages
    filters: ClassVar[tuple[Filter, ...]] = ()
    orders: ClassVar[tuple[str, ...]] = ("created", "name")
    fixed: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.body_of = {"create": cls.shape, "partial_update": cls.shape, **cls.body_of}

    def rows(self) -> QuerySet:
        """All that the caller may see, with what a row shows."""
        raise NotImplementedError

    def drawn(self, row: Any) -> dict[str, Any]:
        """The row alone, whole."""
        raise NotImplementedError

    def drawn_rows(self, rows: list[Any]) -> list[dict[str, Any]]:
        """The rows of one page."""
        return [self.drawn(row) for row in rows]

    def create_row(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def change_row(self, row: Any, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def remove_row(self, row: Any) -> None:
        raise NotImplementedError

    def found(self, pk: Any) -> Any:
        """The row of this id, 404 for one that the caller may not see."""
        return get_object_or_404(self.rows(), pk=pk)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """The rows that pass the filters of the address. ValidationError: 400."""
        return narrowed(rows, self.filters, self.request.query_params)

    def list(self, request: Request) -> Response:
        return page(request, self.narrowed(self.rows()), self.drawn_rows, orders=self.orders)

    def retrieve(self, request: Request, pk: Any) -> Response:
        return Response(self.drawn(self.found(pk)))

    def create(self, request: Request) -> Response:
        row = self.create_row(self.checked())
        return Response(self.drawn(self.found(row.pk)), status=201)

    def partial_update(self, request: Request, pk: Any) -> Response:
        row = self.found(pk)
        data = self.checked(without=self.fixed, partial=True)
        if data:
            self.change_row(row, data)
        return Response(self.drawn(self.found(pk)))

    def destroy(self, request: Request, pk: Any) -> Response:
        self.remove_row(self.found(pk))
        return Response(status=204)
