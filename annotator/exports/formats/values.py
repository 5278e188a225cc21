"""The values of each sample as JSON, for scripts.

A line is {"id", "name", "files", "images": ["images/…"], "values": {variable: value}, "metadata": {…},
"system", "user", "answer"}; a variable without a value has no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.formats.records import PROVENANCE_SAYS, RecordExport


@dataclass
class ValuesExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "values"
    label: ClassVar[str] = "JSONL of values"
    about: ClassVar[str] = (
        "A zip with train.jsonl and test.jsonl (each sample's values by variable, its metadata and texts), "
        "each image once, the schema, and a manifest that names every sample left out and why."
    )
    for_people: ClassVar[bool] = True
    opens_pictures: ClassVar[bool] = False

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One line."""
        return {
            **self.provenance(row),
            "images": names,
            "values": row.values,
            "metadata": row.sample.input_meta_data,
            "system": rendered.system,
            "user": rendered.user,
            "answer": rendered.answer,
        }

    def loading(self, splits: list[str]) -> str:
        """With Python alone."""
        first = self.file_of(splits[0])
        return f"""
`values` follows `schema.json`; a variable without a value has no key. `metadata` is the sample's, `system`,
`user` and `answer` are its texts as they are trained.
{PROVENANCE_SAYS}
    import json

    with open("{first}", encoding="utf-8") as file:
        values = [json.loads(line)["values"] for line in file]
"""
