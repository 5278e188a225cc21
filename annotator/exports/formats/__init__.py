"""The formats of an export, by name; the first one is offered first."""

from annotator.exports.export import Export
from annotator.exports.formats.coco import CocoExport
from annotator.exports.formats.hugging_face import HuggingFaceExport
from annotator.exports.formats.label_studio import LabelStudioExport
from annotator.exports.formats.llama_factory import LlamaFactoryExport
from annotator.exports.formats.llava import LlavaExport
from annotator.exports.formats.ms_swift import MsSwiftExport
from annotator.exports.formats.openai import OpenAiExport
from annotator.exports.formats.qwen_vl import QwenVlExport
from annotator.exports.formats.tables import CsvExport, XlsxExport
from annotator.exports.formats.trl import TrlExport
from annotator.exports.formats.unsloth import UnslothExport
from annotator.exports.formats.values import ValuesExport
from annotator.exports.formats.webdataset import WebDatasetExport

FORMATS: dict[str, type[Export]] = {
    each.name: each
    for each in (
        TrlExport,
        HuggingFaceExport,
        UnslothExport,
        LlamaFactoryExport,
        MsSwiftExport,
        QwenVlExport,
        LlavaExport,
        OpenAiExport,
        WebDatasetExport,
        CsvExport,
        XlsxExport,
        ValuesExport,
        LabelStudioExport,
        CocoExport,
    )
}

FORMER_NAMES = {"jsonl": "trl"}  # in kept addresses

__all__ = ["FORMATS", "FORMER_NAMES"]
