"""What a value may be: config → checks → form field; fills result templates. No database."""

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
from annotator.variables.prompts import FilledPrompt, names_in, render_prompt
from annotator.variables.rendering import (
    Lint,
    Reading,
    Template,
    learn_template,
    read,
    render,
)
from annotator.variables.spec import MISSING, VariableSpec, by_name, specs_from_map, unwrap, wrap
from annotator.variables.text import clean_text
from annotator.variables.types import TYPES

__all__ = [
    "MISSING",
    "TYPES",
    "AnswerForm",
    "ConfigError",
    "Difference",
    "FilledPrompt",
    "Lint",
    "Piece",
    "Reading",
    "RenderRefused",
    "Template",
    "TemplateRefused",
    "ValueRefused",
    "VariableError",
    "VariableSpec",
    "answer_form",
    "by_name",
    "clean_text",
    "difference",
    "from_json",
    "json_schema",
    "learn_template",
    "names_in",
    "read",
    "render",
    "render_prompt",
    "specs_from_map",
    "to_json",
    "unwrap",
    "wrap",
]
