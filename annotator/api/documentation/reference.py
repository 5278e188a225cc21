"""The OpenAPI document as a page draws it: by tag, with fields and a command to copy."""

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
    "Models",
    "Datasets",
    "Variables",
    "Samples",
    "Images",
    "Detection",
    "Account",
)
CHOICE = re.compile(r"\* `(\w*)` - ")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """One field of a body or an answer, or one parameter of the address."""

    name: str
    type: str
    required: bool
    about: str


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    answers: str  # what the fields of the answer are the fields of
    example: str  # JSON, empty without a body
    takes_files: bool  # in a form, beside JSON
    response_example: str  # JSON in lines, empty where nothing is answered
    refused: str  # an error of this call, JSON in lines
    errors: list[tuple[str, str]]  # status, when

    def command(self, host: str) -> str:
        """The call, for a shell."""
        lines = [f"curl -X{self.method} \\", "  -H 'Authorization: Token __API_TOKEN__' \\"]
        if self.example:
            lines += ["  -H 'Content-Type: application/json' \\", f"  -d '{self.example}' \\"]
        return "\n".join([*lines, f"  {host}{self.path.replace('{id}', '__ID__')}"])

    def form_command(self, host: str) -> str:
        """The call with files, for a shell; empty where none are taken."""
        if not self.takes_files:
            return ""
        files = "-F files=@front.jpg -F files=@back.jpg"
        head = "-H 'Authorization: Token __API_TOKEN__'"
        return f"curl -X{self.method} \\\n  {head} \\\n  {files} \\\n  {host}{self.path}"


@dataclass(frozen=True)
class Section:
    """The operations on one kind of thing."""

    name: str
    operations: list[Operation]


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; made once, since the code does not change while it runs."""
    return SchemaGenerator().get_schema(public=True)


@cache
def sections() -> list[Section]:
    """All operations by tag, in the order of the platform's page."""
    found: dict[str, list[Operation]] = {tag: [] for tag in TAGS}
    for path, operations in document()["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                found[operation["tags"][0]].append(_operation(path, method, operation))
    return [Section(tag, operations) for tag, operations in found.items()]


def _operation(path: str, method: str, found: dict[str, Any]) -> Operation:
    bodies = found.get("requestBody", {}).get("content", {})
    body = bodies.get("application/json", {})
    examples = list(body.get("examples", {}).values())
    answers, answer = _answer(found["responses"])
    return Operation(
        id=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        about=_plain(found.get("description", "")),
        parameters=[
            Field(
                parameter["name"],
                _type(parameter["schema"]),
                parameter.get("required", False),
                _plain(parameter.get("description", "")),
            )
            for parameter in found.get("parameters", ())
        ],
        body=_fields(body.get("schema", {})),
        answer=_fields(answer),
        answers=answers,
        example=json.dumps(examples[0]["value"], ensure_ascii=False) if examples else "",
        takes_files="multipart/form-data" in bodies,
        response_example=_shown(found["responses"], min(found["responses"])),
        refused=_shown(found["responses"], "400"),
        errors=[
            (code, response["description"])
            for code, response in found["responses"].items()
            if code >= "400"
        ],
    )


def _shown(responses: dict[str, Any], code: str) -> str:
    """The example of the answer with this status, in lines; empty without one."""
    content = responses.get(code, {}).get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""


def _plain(text: str) -> str:
    """The document's Markdown as text: it has backticks, and lists of what each choice means."""
    if CHOICE.match(text):
        text = CHOICE.sub(r"\1: ", text).strip().replace("\n", "; ")
    return text.replace("`", "")


def _answer(responses: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a success answers, in words, and the shape of one row of it."""
    code = min(responses)
    schema = responses[code].get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return f"{code}, without a body", {}
    schema = _resolved(schema)
    if schema.get("type") == "array":
        return f"{code}, a list; each item", schema["items"]
    results = schema.get("properties", {}).get("results")
    if results is not None:
        around = ", ".join(schema["properties"])
        return f"{code}, {{{around}}}; each result", results["items"]
    return code, schema


def _fields(schema: dict[str, Any]) -> list[Field]:
    schema = _resolved(schema)
    required = set(schema.get("required", ()))
    found = []
    for name, part in schema.get("properties", {}).items():
        about = _plain(_resolved(part).get("description", ""))
        found.append(Field(name, _type(part), name in required, about))
        # What the rows of a list may hold follows it: samples[].name
        inner = _resolved(part).get("items", {})
        found += [
            Field(f"{name}[].{each.name}", each.type, each.required, each.about)
            for each in _fields(inner)
        ]
    return found


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
