"""Tables of the room, one file per noun."""

from annotator.imports.models.answers import AnswerImport, AnswerRefusal, AnswerRow
from annotator.imports.models.pictures import ImageImport, ImportedFile

__all__ = ["AnswerImport", "AnswerRefusal", "AnswerRow", "ImageImport", "ImportedFile"]
