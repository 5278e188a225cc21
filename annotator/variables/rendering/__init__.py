"""Fills result templates, and reads a model's output with the same template."""

from annotator.variables.rendering.placeholders import Lint
from annotator.variables.rendering.reading import Reading, read
from annotator.variables.rendering.template import Template, learn_template, render

__all__ = [
    "Lint",
    "Reading",
    "Template",
    "learn_template",
    "read",
    "render",
]
