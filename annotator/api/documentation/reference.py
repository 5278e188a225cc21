"""The OpenAPI document as the page shows it: by tag, with fields and a command to copy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

TAGS = (
    "Prompts",
    "Tasks",
    "Runs",
    "Exports",
    "Models",
    "Datasets",
    "Variables",
    "Samples",
    "Suggestions",
    "Assignments",
    "Comments",
    "Figures",
    "Images",
    "Detection",
    "Account",
)
CHOICE = re.compile(r"\* `(\w*)` - ")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """One field of a body or a response, or one parameter of the address."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    response: list[Field]
    response_summary: str  # status, and what the fields belong to
    example: str  # JSON, empty without a body
    takes_files: bool  # in a form, as an alternative to JSON
    response_example: str  # indented JSON, empty without a body
    error_example: str  # a 400, indented JSON
    errors: list[tuple[str, str]]  # status, when

    def command(self, host: str) -> str:
        """The call, for a shell."""
        lines = [f"curl -X{self.method} \\", "  -H 'Authorization: Token __API_TOKEN__' \\"]
        if self.example:
            lines += ["  -H 'Content-Type: application/json' \\", f"  -d '{self.example}' \\"]
        return "\n".join([*lines, f"  {host}{self.path.replace('{id}', '__ID__')}"])

    def form_command(self, host: str) -> str:
        """The call with files, for a shell; empty for operations without files."""
        if not self.takes_files:
            return ""
        files = "-F files=@front.jpg -F files=@back.jpg"
        head = "-H 'Authorization: Token __API_TOKEN__'"
        return f"curl -X{self.method} \\\n  {head} \\\n  {files} \\\n  {host}{self.path}"


@dataclass(frozen=True)
class Section:
    """The operations with one tag."""

    name: str
    operations: list[Operation]


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; made once, since the code does not change while it runs."""
    return SchemaGenerator().get_schema(public=True)


@cache
def sections() -> list[Section]:
    """All operations by tag, in the order of the platform's page."""
    by_tag: dict[str, list[Operation]] = {tag: [] for tag in TAGS}
    for path, operations in document()["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                by_tag[operation["tags"][0]].append(_operation(path, method, operation))
    return [Section(tag, operations) for tag, operations in by_tag.items()]


def _operation(path: str, method: str, spec: dict[str, Any]) -> Operation:
    bodies = spec.get("requestBody", {}).get("content", {})
    body = bodies.get("application/json", {})
    examples = list(body.get("examples", {}).values())
    summary, schema = _response(spec["responses"])
    return Operation(
        id=spec["operationId"],
        method=method.upper(),
        path=path,
        summary=spec.get("summary", ""),
        description=_plain(spec.get("description", "")),
        parameters=[
            Field(
                parameter["name"],
                _type(parameter["schema"]),
                parameter.get("required", False),
                _plain(parameter.get("description", "")),
            )
            for parameter in spec.get("parameters", ())
        ],
        body=_fields(body.get("schema", {})),
        response=_fields(schema),
        response_summary=summary,
        example=json.dumps(examples[0]["value"], ensure_ascii=False) if examples else "",
        takes_files="multipart/form-data" in bodies,
        response_example=_example(spec["responses"], min(spec["responses"])),
        error_example=_example(spec["responses"], "400"),
        errors=[
            (code, response["description"])
            for code, response in spec["responses"].items()
            if code >= "400"
        ],
    )


def _example(responses: dict[str, Any], code: str) -> str:
    """The example of the response with this status, as indented JSON; empty without one."""
    content = responses.get(code, {}).get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""


def _plain(text: str) -> str:
    """The document's Markdown as text: it has backticks, and lists of what each choice means."""
    if CHOICE.match(text):
        text = CHOICE.sub(r"\1: ", text).strip().replace("\n", "; ")
    return text.replace("`", "")


def _response(responses: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The successful response: a summary in words, and the schema of one row of it."""
    code = min(responses)
    schema = responses[code].get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return f"{code}, without a body", {}
    schema = _resolved(schema)
    if schema.get("type") == "array":
        return f"{code}, a list; each item", schema["items"]
    results = schema.get("properties", {}).get("results")
    if results is not None:
        envelope = ", ".join(schema["properties"])
        return f"{code}, {{{envelope}}}; each result", results["items"]
    return code, schema


def _fields(schema: dict[str, Any]) -> list[Field]:
    schema = _resolved(schema)
    required = set(schema.get("required", ()))
    fields = []
    for name, part in schema.get("properties", {}).items():
        description = _plain(_resolved(part).get("description", ""))
        fields.append(Field(name, _type(part), name in required, description))
        # What the rows of a list may hold follows it: samples[].name
        inner = _resolved(part).get("items", {})
        fields += [
            Field(f"{name}[].{each.name}", each.type, each.required, each.description)
            for each in _fields(inner)
        ]
    return fields


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind a reference."""
    parts = schema.get("allOf", [])
    if len(parts) == 1:
        return {**_resolved(parts[0]), **{k: v for k, v in schema.items() if k != "allOf"}}
    if "$ref" not in schema:
        return schema
    return document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]


def _type(schema: dict[str, Any]) -> str:
    """A type in few words: `string (uuid)`, `json or yaml`, `list of strings`."""
    resolved = _resolved(schema)
    null = " or null" if resolved.get("nullable") or schema.get("nullable") else ""
    one_of = resolved.get("oneOf")
    if one_of:
        kinds = [_type(part) for part in one_of]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind)) + null
    if "enum" in resolved:
        words = [str(word) for word in resolved["enum"] if word not in (None, "")]
        return ", ".join(words) + null
    kind = resolved.get("type", "any")
    if kind == "array":
        kind = _type(resolved["items"]).replace("any", "value")
        return f"list of {kind}{'s' if kind.isalpha() else ''}" + null
    if resolved.get("format") in {"uuid", "date", "date-time", "uri"}:
        kind = {"uuid": "id", "date-time": "time", "uri": "address"}.get(
            resolved["format"], resolved["format"]
        )
    return kind + null
