"""The OpenAPI schema: what drf-spectacular cannot infer from the views."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from annotator.accounts.permissions import MATRIX
from annotator.api.documentation.examples import REQUEST_EXAMPLES
from annotator.api.documentation.responses import (
    ERROR_EXAMPLES,
    RESPONSE_EXAMPLES,
    bad_request_example,
)
from annotator.api.idempotency import HEADER
from annotator.datasets.serializers.samples import INCLUDES
from annotator.figures.work import PERIODS

ERRORS = {
    400: "The body, a filter or the id of something in the body is wrong; each field says why.",
    401: "There is no token, or it is not valid.",
    403: "The role, or the scope of the token, does not allow this.",
    404: "There is no such row or page in this workspace, or no such workspace.",
    409: "It is not the time for this, or somebody else was faster.",
    413: "The body is too large.",
    415: "The body is no JSON, or packed with something else than gzip.",
    422: "The Idempotency-Key came with another call before.",
    429: "Too many calls; Retry-After says how many seconds to wait.",
    503: "The database is busy; Retry-After says how many seconds to wait.",
    507: "The disk is full. Nothing was stored.",
}
ERRORS_OF_BODIES = {409, 413, 415, 422}  # not of a GET or a DELETE
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Any text of yours. The same call sent again with it has no second effect and gets "
    "the same answer, for 24 hours.",
)
INCLUDE = OpenApiParameter(
    "include",
    {"type": "array", "items": {"type": "string", "enum": list(INCLUDES)}},
    style="form",
    explode=False,
    description="What a sample carries along: any of these, with commas.",
)

BEFORE = OpenApiParameter(
    "before",
    OpenApiTypes.UUID,
    description="Id of the other model; without it the one in production, else the newest other one.",
)
DAYS = OpenApiParameter(
    "days",
    {"type": "string", "enum": list(PERIODS)},
    description="How many days are counted, the last of them today; `all`: from the beginning.",
)
PERSON = OpenApiParameter(
    "person",
    OpenApiTypes.INT,
    description="Id of another person; needs the right to read others' answers.",
)
CURSOR = OpenApiParameter(
    "cursor",
    description="Empty for the first page: pages that rows added meanwhile cannot move. "
    "Then follow `next`.",
)
BY_VALUE = OpenApiParameter(
    "v.NAME",
    description="By the value of the variable NAME: the value itself, or with .min, .max, .has (a text), "
    ".is (set, missing, invalid) behind the name. Needs dataset.",
)


class ErrorShape(serializers.Serializer[Any]):
    """Every error. Beside `detail` each wrong field has its messages, under its own name."""

    detail = serializers.CharField()


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Token __API_TOKEN__`."""

    target_class = "annotator.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word Token, a space, and an API token of yours.",
        }


class Schema(AutoSchema):
    """Reads the attributes of this room's views, and the first lines of their docstrings."""

    view: Any  # an ApiView

    @property
    def action(self) -> str:
        return self.view.action

    def get_operation_id(self) -> str:
        """`sample_add_images`: the resource as in the address, and the action."""
        resource = self.path.strip("/").split("/")[2].replace("-", "_")
        return f"{resource}_{'replace' if self.method == 'PUT' else self.action}"

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_summary(self) -> str:
        """`Create a prompt`, or the first sentence of the action's own docstring."""
        noun, nouns = self.view.noun, self.view.nouns
        summaries = {
            "list": f"List {nouns}",
            "retrieve": f"Get {noun}",
            "create": f"Create {noun}",
            "partial_update": f"Change {noun}",
            "destroy": f"Delete {noun}",
        }
        if self.action in summaries:
            return summaries[self.action]
        return self._docstring().split(".")[0].split(":")[0].split(";")[0]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        rule = MATRIX[self.view.action_for[self.action]]
        roles = ", ".join(sorted(role.value for role in rule.roles))
        scope = rule.scope.value if rule.scope else "no token"
        description = self._docstring() or self.view.__doc__ or ""
        return f"{description}\n\nRoles: {roles}. Least scope of a token: `{scope}`."

    def _docstring(self) -> str:
        lines = (getattr(self.view, self.action).__doc__ or "").strip().splitlines()
        return " ".join(line.strip() for line in lines)

    def get_request_serializer(self) -> Any:
        serializer_class = self.view.body_serializers.get(self.action)
        if serializer_class is None or self.method not in {"POST", "PUT", "PATCH"}:
            return None
        body: Any = serializer_class(partial=self.action == "partial_update")
        if self.action == "partial_update" and self.view.parent_field:
            del body.fields[self.view.parent_field]
        form = self.view.form_serializers.get(self.action)
        return body if form is None else {"application/json": body, "multipart/form-data": form}

    def get_response_serializers(self) -> Any:
        if self.action == "destroy":
            responses: dict[int, Any] = {204: OpenApiResponse(description="It was removed.")}
        else:
            status = 201 if self.action in self.view.creating_actions else 200
            responses = {status: self._success()}
        statuses = set(ERRORS) - (ERRORS_OF_BODIES if self.method in {"GET", "DELETE"} else set())
        if self.method == "DELETE":
            statuses |= {409}
        if self.method != "POST" or self.action in self.view.idempotent_actions:
            statuses -= {422}
        if not self.view.stores_files:
            statuses -= {507}
        errors = {code: OpenApiResponse(ErrorShape, ERRORS[code]) for code in statuses}
        if self.method == "GET":
            errors[304] = OpenApiResponse(description="If-None-Match named what would be answered.")
        return responses | dict(sorted(errors.items()))

    def _success(self) -> Any:
        by_action = self.view.response_serializers
        if self.action in by_action:
            return by_action[self.action]
        in_list = self.view.list_serializer_class if self.action == "list" else None
        return in_list or by_action.get("retrieve") or self.view.serializer_class

    def get_override_parameters(self) -> list[Any]:
        workspace = OpenApiParameter(
            "workspace",
            description="Id of a workspace, or `default` for the token's own. Also taken in the body.",
        )
        parameters = [workspace]
        if "{pk}" in self.path:
            parameters.append(OpenApiParameter("pk", OpenApiTypes.UUID, OpenApiParameter.PATH))
        if self.method == "POST" and self.action not in self.view.idempotent_actions:
            parameters.append(IDEMPOTENCY_KEY)
        if self.view.noun == "a sample" and self.action in {"list", "retrieve"}:
            parameters.append(INCLUDE)
        if self.view.noun == "a model" and self.action == "compare":
            parameters.append(BEFORE)
        if self.view.noun == "figures":
            parameters += [DAYS, PERSON] if self.action == "person" else [DAYS]
        return parameters + (self._list_parameters() if self.action == "list" else [])

    def _list_parameters(self) -> list[Any]:
        """The parameters that filter, order and page a list."""
        parameters = [
            OpenApiParameter(each.name, each.schema, description=each.description)
            for each in getattr(self.view, "filters", ())
        ]
        parameters.append(CURSOR)
        orders = getattr(self.view, "orders", ("created",))
        choices = [sign + order for order in orders for sign in ("", "-")]
        parameters.append(
            OpenApiParameter(
                "ordering",
                {"type": "string", "enum": choices},
                description="Oldest first unless asked otherwise; a minus turns it round. Goes by cursors.",
            )
        )
        if self.view.noun == "a sample":
            parameters.append(BY_VALUE)
        return parameters

    def get_examples(self) -> list[OpenApiExample]:
        body = REQUEST_EXAMPLES.get((self.view.noun, self.action))
        if body is None:
            return []
        return [OpenApiExample("Example", value=body, request_only=True)]


def add_links(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add OpenAPI links from a 201 to all operations on the new row, by its id."""
    paths = result["paths"]
    for path, operations in paths.items():
        created = operations.get("post", {}).get("responses", {}).get("201")
        if created is None or f"{path}{{id}}/" not in paths:
            continue
        created["links"] = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {"id": "$response.body#/id"},
            }
            for below, on_row in paths.items()
            if below.startswith(f"{path}{{id}}/")
            for operation in on_row.values()
        }
    return result


def add_examples(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add an example to every response."""
    for operations in result["paths"].values():
        for operation in operations.values():
            name = operation["operationId"]
            for code, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if content is None:
                    continue
                if code == "400":
                    example: Any = bad_request_example(name, _required(operation, result))
                else:
                    example = (
                        RESPONSE_EXAMPLES.get(name) if code < "400" else ERROR_EXAMPLES[int(code)]
                    )
                if example is not None:
                    content["examples"] = {"Example": {"value": example}}
    return result


def _required(operation: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """The required fields of the operation's body."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = body.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    schema = result["components"]["schemas"].get(name, {})
    required: list[str] = schema.get("required", [])
    return required


def format_paths(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """`{id}` for `{pk}`, and every path with its slash, as the platform writes them."""
    result["paths"] = {
        (path.rstrip("/") + "/").replace("{pk}", "{id}"): operations
        for path, operations in result["paths"].items()
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "pk":
                    parameter |= {"name": "id", "schema": {"type": "string", "format": "uuid"}}
    return result
