"""What a value may be: config → checks → form field; fills result templates. No database."""

from annotator.variables.config import (
    known_keys,
    read_config,
    read_remote_config,
    write_config,
)
from annotator.variables.differences import Difference, Piece, difference
from annotator.variables.errors import (
    ConfigError,
    RenderRefused,
    TemplateRefused,
    ValueRefused,
    VariableError,
)
from annotator.variables.forms import AnswerForm, answer_form
from annotator.variables.json_schemas import json_schema
from annotator.variables.json_text import from_json, to_json
from annotator.variables.limits import LIMITS, limits_of
from annotator.variables.prompts import FilledPrompt, names_in, rename_place, render_prompt
from annotator.variables.rendering import (
    Lint,
    Reading,
    Template,
    learn_template,
    read,
    render,
)
from annotator.variables.spec import MISSING, VariableSpec, by_name, unwrap, wrap
from annotator.variables.text import clean_text
from annotator.variables.types import TYPES, type_choices
from annotator.variables.variable_type import CONTAINS, FilterOperator, Metric, VariableType

__all__ = [
    "CONTAINS",
    "LIMITS",
    "MISSING",
    "TYPES",
    "AnswerForm",
    "ConfigError",
    "Difference",
    "FilledPrompt",
    "FilterOperator",
    "Lint",
    "Metric",
    "Piece",
    "Reading",
    "RenderRefused",
    "Template",
    "TemplateRefused",
    "ValueRefused",
    "VariableError",
    "VariableSpec",
    "VariableType",
    "answer_form",
    "by_name",
    "clean_text",
    "difference",
    "from_json",
    "json_schema",
    "known_keys",
    "learn_template",
    "limits_of",
    "names_in",
    "read",
    "read_config",
    "read_remote_config",
    "rename_place",
    "render",
    "render_prompt",
    "to_json",
    "type_choices",
    "unwrap",
    "wrap",
    "write_config",
]
