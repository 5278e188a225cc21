"""Conversations for fine-tuning: TRL, OpenAI, LLaVA, ShareGPT and LLaMA-Factory, ms-swift, Qwen, our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from annotator.errors import BadInput
from annotator.imports.formats.bounds import MAX_COLUMNS, row_problem, small_json
from annotator.imports.formats.chat_rows import Conversation, Shape, conversation
from annotator.imports.formats.json_files import JSON_ENDINGS, json_rows, line_record, lines_of
from annotator.imports.formats.json_stream import first_object
from annotator.imports.formats.records import Column, Record, Role, Source, Standing
from annotator.imports.formats.splits import split_in

INFO = (
    "dataset_info.json"  # of LLaMA-Factory; datasets saved to disk have another file of this name
)
PROVENANCE = "provenance.jsonl"  # of our own export for OpenAI, line by line
MAX_FILES = 100
FIXED = {
    "id": Role.EXTERNAL_ID,
    "name": Role.NAME,
    "split": Role.SPLIT,
    "images": Role.IMAGES,
    "answer": None,
    "prompt": Role.METADATA,
    "system": Role.METADATA,
    "conversation": Role.METADATA,
}


COMMON = Shape()
# What our own exports hold besides the values: where they come from, and the prompts.
OURS = ("prompt", "system", "files", "labeled_by", "labeled_at", "schema")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file of a set, and how its rows are written."""

    path: Path
    split: str = ""
    shape: Shape = COMMON


@dataclass
class Seen:
    """What a pass over all rows says."""

    columns: set[str] = field(default_factory=set)
    others: dict[str, None] = field(default_factory=dict)
    prompts: set[str] = field(default_factory=set)  # at most two
    is_ours: bool = True


class Chat(Source):
    """A file or a folder of conversations. The assistant's text is the column "answer", as it stands."""

    name: ClassVar[str] = "chat"
    label: ClassVar[str] = "Conversations for fine-tuning (TRL, OpenAI, LLaVA, ShareGPT, …)"
    answers_as_text: ClassVar[bool] = True

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """By the keys of the first row."""
        if path.is_file():
            return is_chat(path) or path in [part.path for part in described(path.parent)]
        return bool(described(path)) or any(is_chat(file) for file in split_files(path))

    @cached_property
    def parts(self) -> list[Part]:
        """The files to read, as a description beside them or their names say."""
        if self.path.is_file():
            known = [part for part in described(self.path.parent) if part.path == self.path]
            return known or [Part(path=self.path, split=split_in(self.path.stem))]
        files = [Part(path=file, split=split_in(file.stem)) for file in split_files(self.path)]
        return described(self.path) or [part for part in files if is_chat(part.path)]

    def rows(self) -> Iterator[tuple[Part, Record, dict[str, Any]]]:
        """Each row with its file, and what our own export says of it in a file beside."""
        beside = provenance(self.root)
        for part in sorted(self.parts, key=lambda part: part.split != "train"):
            for record in json_rows(part.path):
                yield part, record, next(beside, {})

    @cached_property
    def seen(self) -> Seen:
        """What all rows hold."""
        seen = Seen()
        for part, record, origin in self.rows():
            if record.problem:
                continue
            seen.is_ours = seen.is_ours and isinstance(
                origin.get("files", record.cells.get("files")), list
            )
            cells = self._cells(part, record, origin)[0]
            seen.columns |= cells.keys()
            seen.others |= dict.fromkeys(key for key in cells if key not in FIXED)
            if len(seen.prompts) < 2 and "prompt" in cells:
                seen.prompts.add(cells["prompt"])
            if len(seen.others) > MAX_COLUMNS:
                raise BadInput(f"Its rows have more than {MAX_COLUMNS:,} different keys.")
        return seen

    def columns(self) -> list[Column]:
        """Those of FIXED that any row has, then its other keys. Prompts of our own export are left out."""
        ours = dict.fromkeys(OURS, Role.IGNORED) if self.seen.is_ours else {}
        columns = [
            Column(name=name, role=ours.get(name, role))
            for name, role in FIXED.items()
            if name in self.seen.columns
        ]
        others = self.seen.others
        return columns + [Column(name=name, role=ours.get(name, Role.METADATA)) for name in others]

    def records(self) -> Iterator[Record]:
        """The rows, as answers for review: such sets are often made by models."""
        for part, record, origin in self.rows():
            if not record.problem:
                record.cells, record.note, record.problem = self._cells(part, record, origin)
            record.problem = record.problem or row_problem(record.cells)
            record.standing = Standing.REVIEW
            yield record

    def _cells(
        self, part: Part, record: Record, origin: dict[str, Any]
    ) -> tuple[dict[str, Any], str, str]:
        """Cells, note and problem of a row."""
        row = record.cells
        cells = {key: value for key, value in row.items() if key not in part.shape.keys}
        cells |= {"split": part.split} | origin
        if cells.get("id") is not None:
            cells["id"] = str(cells["id"])
        note = problem = ""
        try:
            talk = conversation(row, part.shape)
            cells |= texts_of(talk)
            note = talk.note
            if talk.is_long:
                note = "several questions: the conversation is kept as metadata, without values"
        except BadInput as error:
            problem = str(error)
        if "rejected" in row:
            cells["rejected"] = row["rejected"]
        return {k: v for k, v in cells.items() if v not in (None, "", [])}, note, problem

    def notes(self) -> list[str]:
        """A question that all rows share."""
        if len(self.seen.prompts) == 1 and not self.seen.is_ours:
            return [
                "All rows ask the same question: use it as the dataset's prompt and leave it out here."
            ]
        return []


def texts_of(talk: Conversation) -> dict[str, Any]:
    """A conversation's cells."""
    cells: dict[str, Any] = {"images": talk.pictures, "system": talk.text("system")}
    if talk.is_long:
        turns = [{"role": role, "content": text} for role, text in talk.turns]
        return cells | {"conversation": turns}
    return cells | {"prompt": talk.text("user"), "answer": talk.text("assistant")}


def is_chat(path: Path) -> bool:
    """Whether the first row of a file is a conversation."""
    if path.suffix.lower() not in JSON_ENDINGS or path.name == PROVENANCE:
        return False
    row = first_object(path)
    turns = row.get("messages", row.get("conversations"))
    if isinstance(turns, list) and turns and isinstance(turns[0], dict):
        return {"role", "content"} <= turns[0].keys() or {"from", "value"} <= turns[0].keys()
    pairs = (
        {"prompt", "completion"},
        {"query", "response"},
        {"instruction", "output"},
        {"prompt", "chosen"},
    )
    return any(keys <= row.keys() for keys in pairs)


def split_files(folder: Path) -> list[Path]:
    """Files of a folder that are named as a split: train.jsonl, test.json."""
    files = (file for file in folder.iterdir() if file.suffix.lower() in JSON_ENDINGS)
    return sorted(islice((file for file in files if split_in(file.stem)), MAX_FILES))


def described(folder: Path) -> list[Part]:
    """The files that LLaMA-Factory's description names and that are there; empty without one."""
    if not (folder / INFO).is_file():
        return []
    try:
        info = small_json(folder / INFO)
    except BadInput:
        return []
    entries = info.items() if isinstance(info, dict) else ()
    parts = [
        Part(
            path=folder / Path(str(entry["file_name"])).name,
            split=split_in(name),
            shape=shape_of(entry),
        )
        for name, entry in entries
        if isinstance(entry, dict) and "file_name" in entry
    ]
    return [part for part in parts if part.path.is_file()][:MAX_FILES]


def shape_of(entry: dict[str, Any]) -> Shape:
    """The keys that an entry of the description says."""
    columns = entry.get("columns") if isinstance(entry.get("columns"), dict) else {}
    tags = entry.get("tags") if isinstance(entry.get("tags"), dict) else {}
    assert columns is not None
    assert tags is not None
    roles = {
        tags.get("user_tag", "human"): "user",
        tags.get("assistant_tag", "gpt"): "assistant",
        tags.get("system_tag", "system"): "system",
    }
    is_alpaca = entry.get("formatting", "alpaca") == "alpaca"
    return Shape(
        messages=() if is_alpaca else (columns.get("messages", "conversations"),),
        role=(tags.get("role_tag", "from"),),
        content=(tags.get("content_tag", "value"),),
        prompt=columns.get("prompt", "instruction"),
        query=columns.get("query", "input"),
        response=(columns.get("response", "output"),),
        system=columns.get("system", "system"),
        images=(columns.get("images", "images"),),
        roles=tuple(roles.items()),
    )


def provenance(folder: Path) -> Iterator[dict[str, Any]]:
    """What our own export for OpenAI says of each line, train before test; nothing without the file."""
    if (folder / PROVENANCE).is_file():
        for number, line in lines_of(folder / PROVENANCE):
            yield line_record(number, line).cells
