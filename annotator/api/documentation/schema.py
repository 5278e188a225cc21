"""What the API's own documentation (OpenAPI) says beyond what it can see for itself."""

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
WITHOUT_BODY = {409, 413, 415, 422}  # what reading cannot be told
KEY_SHAPE = {"type": "string", "pattern": "^[!-~]{1,255}$"}
INCLUDE = OpenApiParameter(
    "include",
    {"type": "array", "items": {"type": "string", "enum": list(INCLUDES)}},
    style="form",
    explode=False,
    description="What a sample carries along: any of these, with commas.",
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
    """Reads the views of this room: what they name, and the first lines of their docstrings."""

    view: Any  # an ApiView

    @property
    def action(self) -> str:
        return self.view.action

    def get_operation_id(self) -> str:
        """`sample_add_images`: the kind as the address has it, and what is done."""
        kind = self.path.strip("/").split("/")[2].replace("-", "_")
        return f"{kind}_{'replace' if self.method == 'PUT' else self.action}"

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_summary(self) -> str:
        """`Create a prompt`, or the first sentence of the action's own docstring."""
        noun, nouns = self.view.noun, self.view.nouns
        known = {
            "list": f"List {nouns}",
            "retrieve": f"Get {noun}",
            "create": f"Create {noun}",
            "partial_update": f"Change {noun}",
            "destroy": f"Delete {noun}",
        }
        if self.action in known:
            return known[self.action]
        return self._words().split(".")[0].split(":")[0].split(";")[0]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        rule = MATRIX[self.view.action_for[self.action]]
        roles = ", ".join(sorted(role.value for role in rule.roles))
        scope = rule.scope.value if rule.scope else "no token"
        words = self._words() or self.view.__doc__ or ""
        return f"{words}\n\nRoles: {roles}. Least scope of a token: `{scope}`."

    def _words(self) -> str:
        lines = (getattr(self.view, self.action).__doc__ or "").strip().splitlines()
        return " ".join(line.strip() for line in lines)

    def get_request_serializer(self) -> Any:
        shape = self.view.body_serializers.get(self.action)
        if shape is None or self.method not in {"POST", "PUT", "PATCH"}:
            return None
        body: Any = shape(partial=self.action == "partial_update")
        for name in self.view.immutable_fields if self.action == "partial_update" else ():
            body.fields.pop(name)
        form = self.view.form_serializers.get(self.action)
        return body if form is None else {"application/json": body, "multipart/form-data": form}

    def get_response_serializers(self) -> Any:
        if self.action == "destroy":
            answers: dict[int, Any] = {204: OpenApiResponse(description="It is gone.")}
        else:
            answers = {201 if self.action in self.view.creating_actions else 200: self._answer()}
        refused = set(ERRORS) - (WITHOUT_BODY if self.method in {"GET", "DELETE"} else set())
        if self.method == "DELETE":
            refused |= {409}
        if self.method != "POST" or self.action in self.view.idempotent_actions:
            refused -= {422}
        if not self.view.stores_files:
            refused -= {507}
        found = {code: OpenApiResponse(ErrorShape, ERRORS[code]) for code in sorted(refused)}
        if self.method == "GET":
            found[304] = OpenApiResponse(description="If-None-Match named what would be answered.")
        return answers | dict(sorted(found.items()))

    def _answer(self) -> Any:
        known = self.view.response_serializers.get(self.action)
        if known is not None:
            return known
        if self.action == "list":
            return (
                self.view.list_serializer_class
                or self.view.response_serializers.get("retrieve")
                or self.view.serializer_class
            )
        return self.view.response_serializers.get("retrieve") or self.view.serializer_class

    def get_override_parameters(self) -> list[Any]:
        workspace = OpenApiParameter(
            "workspace",
            description="Id of a workspace, or `default` for the token's own. Also taken in the body.",
        )
        found = [workspace]
        if "{pk}" in self.path:
            found.append(OpenApiParameter("pk", OpenApiTypes.UUID, OpenApiParameter.PATH))
        if self.method == "POST" and self.action not in self.view.idempotent_actions:
            about = (
                "Any text of yours. The same call sent again with it has no second effect and gets "
            )
            about += "the same answer, for 24 hours."
            found.append(
                OpenApiParameter(HEADER, KEY_SHAPE, OpenApiParameter.HEADER, description=about)
            )
        if self.view.noun == "a sample" and self.action in {"list", "retrieve"}:
            found.append(INCLUDE)
        return found + (self._list_parameters() if self.action == "list" else [])

    def _list_parameters(self) -> list[Any]:
        """What narrows a list, orders it and leads through its pages."""
        found = [
            OpenApiParameter(known.name, known.schema(), description=known.about)
            for known in getattr(self.view, "filters", ())
        ]
        found.append(
            OpenApiParameter(
                "cursor",
                description="Empty for the first page: pages that rows added meanwhile cannot move. "
                "Then follow `next`.",
            )
        )
        orders = getattr(self.view, "orders", ("created",))
        words = [sign + word for word in orders for sign in ("", "-")]
        found.append(
            OpenApiParameter(
                "ordering",
                {"type": "string", "enum": words},
                description="Oldest first unless asked otherwise; a minus turns it round. Goes by cursors.",
            )
        )
        if self.view.noun == "a sample":
            about = "By the value of the variable NAME: the value itself, or with .min, .max, .has (a text), "
            about += ".is (set, missing, invalid) behind the name. Needs dataset."
            found.append(OpenApiParameter("v.NAME", description=about))
        return found

    def get_examples(self) -> list[OpenApiExample]:
        body = REQUEST_EXAMPLES.get((self.view.noun, self.action))
        if body is None:
            return []
        return [OpenApiExample("Example", value=body, request_only=True)]


def add_links(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """What was created can be read, changed and deleted: its id leads to all addresses below it."""
    paths = result["paths"]
    for path, operations in paths.items():
        made = operations.get("post", {}).get("responses", {}).get("201")
        if made is None or f"{path}{{id}}/" not in paths:
            continue
        made["links"] = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {"id": "$response.body#/id"},
            }
            for below, found in paths.items()
            if below.startswith(f"{path}{{id}}/")
            for operation in found.values()
        }
    return result


def add_examples(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """An example of every answer and of every error, beside its shape."""
    for operations in result["paths"].values():
        for operation in operations.values():
            name = operation["operationId"]
            for code, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if content is None:
                    continue
                if code == "400":
                    shown: Any = bad_request_example(name, _required(operation, result))
                else:
                    shown = (
                        RESPONSE_EXAMPLES.get(name) if code < "400" else ERROR_EXAMPLES[int(code)]
                    )
                if shown is not None:
                    content["examples"] = {"Example": {"value": shown}}
    return result


def _required(operation: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """The fields that the body of the operation must have."""
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
