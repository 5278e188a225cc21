"""Reads Pydantic source: parsed into a syntax tree, never imported or executed."""

from __future__ import annotations

import ast
from typing import Any

from annotator.variables.errors import ConfigError
from annotator.variables.foreign.json_schema import SchemaRead, read_schema_object

MAX_SOURCE = 200_000  # characters
PLAIN: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "tuple": {"type": "array"},
    "set": {"type": "array"},
    "Decimal": {"type": "number"},
}
LISTS = {"list", "List", "Sequence", "set", "Set", "tuple", "Tuple"}
ARGUMENTS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "description": "description",
    "default": "default",
    "pattern": "pattern",
}
ENUMS = {"Enum", "StrEnum"}
NULL = {"type": "null"}


def read_pydantic(source: str) -> SchemaRead:
    """The fields of the outermost model as variables. Raises ConfigError for what is no such source."""
    if len(source) > MAX_SOURCE:
        raise ConfigError("source", f"Shorten it to {MAX_SOURCE:,} characters.")
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(
            "source", f"This is neither JSON Schema nor Python: {str(error)[:200]}"
        ) from None
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    reader = _Classes(classes)
    models = [name for name in classes if reader.is_model(name)]
    if not models:
        raise ConfigError("source", "There is no class derived from BaseModel in this source.")
    inner = {name for model in models for name in reader.names_in(model)}
    outermost = [name for name in models if name not in inner] or models
    schema = {
        "$defs": {name: reader.schema(name) for name in classes},
        "$ref": f"#/$defs/{outermost[-1]}",
    }
    read = read_schema_object(schema)
    read.left = [*reader.left, *read.left]
    return read


class _Classes:
    """The classes of a source as JSON Schema."""

    def __init__(self, classes: dict[str, ast.ClassDef]) -> None:
        self.classes = classes
        self.left: list[str] = []

    def is_model(self, name: str) -> bool:
        """Whether it is derived from BaseModel, here or by another class of the source."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one == "BaseModel":
                return True
            if one in self.classes and one not in seen:
                seen.add(one)
                waiting += [_name(base) for base in self.classes[one].bases]
        return False

    def names_in(self, name: str) -> set[str]:
        """The other classes that its annotations and bases name."""
        nodes = [
            node.annotation for node in self.classes[name].body if isinstance(node, ast.AnnAssign)
        ]
        nodes += self.classes[name].bases
        used = {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}
        return (used & set(self.classes)) - {name}

    def schema(self, name: str) -> dict[str, Any]:
        """An enumeration as its texts, any other class as an object."""
        node = self.classes[name]
        if ENUMS & {_name(base) for base in node.bases}:
            values = [_literal(each.value) for each in node.body if isinstance(each, ast.Assign)]
            return {"enum": values}
        properties: dict[str, Any] = {}
        required: list[str] = []
        for base in node.bases:
            if _name(base) in self.classes and _name(base) != name:
                above = self.schema(_name(base))
                properties |= above.get("properties", {})
                required += above.get("required", [])
        for each in node.body:
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                field = self._annotated(each.annotation, each.value)
                if "default" not in field and not _has_default(each.value):
                    required.append(each.target.id)
                properties[each.target.id] = field
            elif isinstance(each, ast.FunctionDef) and each.decorator_list:
                self.left.append(f"{name}.{each.name}: what this function checks is not kept.")
        return {"type": "object", "properties": properties, "required": required}

    def _annotated(self, annotation: ast.expr, value: ast.expr | None) -> dict[str, Any]:
        """The schema of a field: its annotation, with what Field says and its default."""
        schema = self._type(annotation)
        if isinstance(value, ast.Call) and _name(value.func) == "Field":
            schema = _constrained(schema, value)
        elif value is not None:
            default = _literal(value)
            if default is not None:
                schema = {**schema, "default": default}
        return schema

    def _type(self, node: ast.expr) -> dict[str, Any]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:  # a forward reference: "Model"
                return self._type(ast.parse(node.value, mode="eval").body)
            except (SyntaxError, RecursionError):
                return {}
        if isinstance(node, ast.Constant) and node.value is None:
            return dict(NULL)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return _any_of([self._type(node.left), self._type(node.right)])
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        name = _name(node)
        if name in self.classes:
            return {"$ref": f"#/$defs/{name}"}
        return dict(PLAIN.get(name, {}))

    def _subscript(self, node: ast.Subscript) -> dict[str, Any]:
        name = _name(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not parts:  # Optional[()]
            return dict(PLAIN.get(name, {}))
        if name == "Optional":
            return _any_of([self._type(parts[0]), dict(NULL)])
        if name == "Union":
            return _any_of([self._type(part) for part in parts])
        if name == "Literal":
            return {"enum": [_literal(part) for part in parts]}
        if name == "Annotated":
            schema = self._type(parts[0])
            for part in parts[1:]:
                if isinstance(part, ast.Call):
                    schema = _constrained(schema, part)
            return schema
        if name in LISTS:
            return {"type": "array", "items": self._type(parts[0])}
        return dict(PLAIN.get(name, {}))


def _constrained(schema: dict[str, Any], call: ast.Call) -> dict[str, Any]:
    """The schema with the arguments of Field."""
    is_list = schema.get("type") == "array"
    lengths = {
        "min_length": "minItems" if is_list else "minLength",
        "max_length": "maxItems" if is_list else "maxLength",
    }
    said = dict(schema)
    if call.args and _name(call.func) == "Field" and _literal(call.args[0]) not in (None, ...):
        said["default"] = _literal(call.args[0])
    for keyword in call.keywords:
        key = {**ARGUMENTS, **lengths}.get(keyword.arg or "")
        value = _literal(keyword.value)
        if key and value is not None and value is not ...:
            said[key] = value
    return said


def _has_default(value: ast.expr | None) -> bool:
    """Whether a field may be left out: a value, or a Field with a default, None among them."""
    if value is None:
        return False
    if isinstance(value, ast.Call) and _name(value.func) == "Field":
        names = {keyword.arg for keyword in value.keywords}
        return bool({"default", "default_factory"} & names) or (
            bool(value.args) and _literal(value.args[0]) is not ...
        )
    return True


def _any_of(options: list[dict[str, Any]]) -> dict[str, Any]:
    flat: list[dict[str, Any]] = []
    for option in options:
        flat += option["anyOf"] if set(option) == {"anyOf"} else [option]
    return {"anyOf": flat}


def _name(node: ast.expr) -> str:
    """The last part of a dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _literal(node: ast.expr) -> Any:
    """A value written out; None where it would have to be computed."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
