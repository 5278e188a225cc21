"""A folder for the Hugging Face Hub: imagefolder with Parquet, pushed as it is.

train/metadata.parquet, test/…   one row a sample: `file_names` (the pictures, which `datasets` reads as the
                                 column `images`), id, name, files, the variables as columns, system, user,
                                 answer, metadata; labeled_by, labeled_at and schema
train/images/<sha256>.<ext>      the split's pictures, each once
README.md                        the dataset card, with the splits in its front matter

A variable's column has its type: integers int64, decimal numbers float64, booleans bool, texts string; lists,
objects and metadata are JSON. One whose name is taken gets "variable_" before it.
Source: huggingface/datasets, "Create an image dataset".
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import IO, Any, ClassVar

import yaml

from annotator.datasets.models import Variable
from annotator.datasets.rendering import Rendered
from annotator.datasets.training_rows import TrainingRow
from annotator.exports.archive import Member, blocks_of
from annotator.exports.formats.records import SPLITS, RecordExport
from annotator.exports.formats.tables import cell
from annotator.exports.pictures import Copy
from annotator.exports.selection import Pictures

ROWS_AT_ONCE = 1_000  # in a row group
FIXED = (
    *("file_names", "images", "id", "name", "files", "labeled_by", "labeled_at", "schema"),
    *("system", "user", "answer", "metadata"),
)


@dataclass
class HuggingFaceExport(RecordExport):
    """An export of this format."""

    name: ClassVar[str] = "hugging-face"
    label: ClassVar[str] = "Hugging Face"
    about: ClassVar[str] = (
        "A zip with a folder to push to the Hub as it is: an imagefolder whose metadata is Parquet, with a "
        "dataset card; the schema, and a manifest that names every sample left out and why."
    )

    picture_choices: ClassVar[tuple[str, ...]] = (Pictures.COPIES,)  # which the metadata names
    has_pictures: ClassVar[bool] = False  # each split has a folder of its own

    def record(self, row: TrainingRow, rendered: Rendered, names: list[str]) -> dict[str, Any]:
        """One row."""
        given = {self.columns[name]: cell(value) for name, value in row.values.items()}
        missing = dict.fromkeys(self.columns.values())
        return {
            "file_names": names,
            **self.provenance(row),
            **missing,
            **given,
            "system": rendered.system,
            "user": rendered.user,
            "answer": rendered.answer,
            "metadata": json.dumps(row.sample.input_meta_data, ensure_ascii=False),
        }

    @cached_property
    def columns(self) -> dict[str, str]:
        """The column's name by the variable's."""
        names = [each.name for each in self.variables]
        return {name: f"variable_{name}" if name in FIXED else name for name in names}

    def members(self) -> Iterator[Member]:
        """Each split's rows and pictures."""
        written: set[Copy] = set()
        for split in SPLITS:
            self.images = set()
            with tempfile.TemporaryFile() as file:
                if not self.write(split, file):
                    continue
                file.seek(0)
                yield f"{split}/metadata.parquet", blocks_of(file)
            for name, blocks in self.picture_members():
                yield f"{split}/{name}", blocks
            written |= self.images
        self.images = written
        yield from self.members_beside()

    def write(self, split: str, file: IO[bytes]) -> bool:
        """Write the split's Parquet file, ROWS_AT_ONCE at a time; False without a sample."""
        # pyarrow costs 60 MB of memory, so only who writes Parquet loads it.
        from pyarrow import RecordBatch, parquet

        lines = self.lines(split)
        writer = None
        schema = self.schema()
        while batch := [json.loads(line) for line in islice(lines, ROWS_AT_ONCE)]:
            writer = writer or parquet.ParquetWriter(file, schema)
            writer.write_batch(RecordBatch.from_pylist(batch, schema=schema))
        if writer is None:
            return False
        writer.close()
        return True

    def schema(self) -> Any:
        """The Arrow schema of the rows."""
        import pyarrow as pa

        text = pa.string()
        origin = pa.struct([(name, text) for name in ("name", "path", "sha256")])
        fields = [("file_names", pa.list_(text)), ("id", text), ("name", text)]
        fields.append(("files", pa.list_(origin)))
        fields += [(name, text) for name in ("labeled_by", "labeled_at", "schema")]
        fields += [(self.columns[each.name], arrow_type(each)) for each in self.variables]
        fields += [(name, text) for name in ("system", "user", "answer", "metadata")]
        return pa.schema(fields)

    def readme(self) -> str:
        """The dataset card: the front matter tells `datasets` and the Hub where the splits are."""
        splits = [split for split in SPLITS if self.counts[split]]
        card: dict[str, Any] = {
            "pretty_name": self.dataset.name,
            "task_categories": ["image-text-to-text"],
        }
        if splits:
            places = [{"split": split, "path": f"{split}/**"} for split in splits]
            card["configs"] = [{"config_name": "default", "data_files": places}]
        front = yaml.safe_dump(card, allow_unicode=True, sort_keys=False)
        return f"---\n{front}---\n\n{super().readme()}"

    def loading(self, splits: list[str]) -> str:
        """With `datasets`; how to push it."""
        return f"""
`images` are the pictures, the variables are columns, `system`, `user` and `answer` the texts as they are
trained; `metadata`, lists and objects are JSON.

After `pip install datasets pillow`, in the folder that holds this file:

    from datasets import load_dataset

    data = load_dataset("imagefolder", data_dir=".", split="{splits[0]}")
    first = data[0]

Push it with `hf upload NAME . --repo-type dataset`.
"""


def arrow_type(variable: Variable) -> Any:
    """The column's type, by what JSON Schema says of the values."""
    import pyarrow as pa

    kind = variable.spec.type_rules.json_schema(strict=False)["type"]
    types = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
    return types.get(kind, pa.string())
