"""The formats of an export, by name; the first one is offered first."""

from annotator.exports.export import Export
from annotator.exports.formats.jsonl import JsonlExport

FORMATS: dict[str, type[Export]] = {each.name: each for each in (JsonlExport,)}

__all__ = ["FORMATS"]
