"""One conversation of a fine-tuning set, whichever of their shapes it has, as texts and pictures.

Sources: huggingface/trl, dataset_formats.md; hiyouga/LLaMA-Factory, data/README.md; modelscope/ms-swift,
Custom-dataset.md; QwenLM/Qwen3-VL, qwen-vl-finetune; developers.openai.com, "Vision fine-tuning".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotator.errors import BadInput
from annotator.imports.formats.pictures import lenient_reference, references_of
from annotator.imports.formats.records import ImageReference

PLACEHOLDER = "<image>"
ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Which keys of a row hold what. The defaults are those of most trainers."""

    messages: tuple[str, ...] = ("messages", "conversations")
    role: tuple[str, ...] = ("role", "from")
    content: tuple[str, ...] = ("content", "value")
    prompt: str = "instruction"
    query: str = "input"
    response: tuple[str, ...] = ("output", "response")
    system: str = "system"
    images: tuple[str, ...] = ("images", "image")
    roles: tuple[tuple[str, str], ...] = tuple(ROLES.items())

    @property
    def keys(self) -> set[str]:
        """All keys that are read."""
        named = {self.prompt, self.query, self.system, "query", "history", "conversation"}
        pair = {"prompt", "completion", "chosen"}
        return {*self.messages, *self.response, *self.images, *named, *pair}


@dataclass
class Conversation:
    """Turns as (role, text) without placeholders, and the pictures in their order."""

    turns: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[ImageReference] = field(default_factory=list)
    note: str = ""

    def text(self, role: str) -> str:
        """All texts of a role."""
        return "\n\n".join(text for each, text in self.turns if each == role and text)

    @property
    def is_long(self) -> bool:
        """Whether there is more than one answer."""
        return sum(role == "assistant" for role, _ in self.turns) > 1


def conversation(row: dict[str, Any], shape: Shape) -> Conversation:
    """Read a row. Raises BadInput for what is no conversation, or lacks pictures."""
    result = Conversation()
    waiting = [each for key in shape.images for each in references(row.get(key))]
    places = 0
    # Pairs of question and answer become turns with the common names, so these count, too.
    roles = ROLES | dict(shape.roles)
    for message in messages_of(row, shape):
        if not isinstance(message, dict):
            raise BadInput("a turn must be an object, from { to }")
        role = roles.get(str(first(message, (*shape.role, "role"))), "")
        if not role:
            continue  # of a tool
        content = first(message, (*shape.content, "content"))
        text, pictures = content_of(content, is_user=role == "user")
        for picture in pictures:
            places += picture is None
            if picture or waiting:
                result.pictures.append(picture or waiting.pop(0))
            else:
                raise BadInput("it has more places of pictures than pictures")
        result.turns.append((role, text))
    if not any(role == "assistant" for role, _ in result.turns):
        raise BadInput("it has no answer of the assistant")
    if places and waiting:
        result.note = f"it has {places + len(waiting)} pictures and places for {places} of them"
    result.pictures += waiting
    return result


def messages_of(row: dict[str, Any], shape: Shape) -> list[Any]:
    """The turns of a row, of whichever shape it has."""
    messages = first(row, shape.messages)
    if isinstance(messages, list):
        has_system = isinstance(row.get(shape.system), str)
        return [*system_of(row, shape), *messages] if has_system else messages
    if "prompt" in row and ("completion" in row or "chosen" in row):
        after = row.get("completion", row.get("chosen"))
        return [*as_turns(row["prompt"], "user"), *as_turns(after, "assistant")]
    if isinstance(row.get("conversation"), list):
        pairs = [each for each in row["conversation"] if isinstance(each, dict)]
        return [
            *system_of(row, shape),
            *(turn for each in pairs for turn in pair(each.get("human"), each.get("assistant"))),
        ]
    answer = first(row, shape.response)
    if answer is None:
        raise BadInput("it has no conversation")
    asked = (row.get(shape.prompt), row.get(shape.query), row.get("query"))
    question = "\n".join(each for each in asked if isinstance(each, str) and each)
    history = row.get("history")
    earlier = (
        [each for each in history if isinstance(each, list) and len(each) == 2]
        if isinstance(history, list)
        else []
    )
    turns = [turn for each in (*earlier, (question, answer)) for turn in pair(*each)]
    return [*system_of(row, shape), *turns]


def system_of(row: dict[str, Any], shape: Shape) -> list[dict[str, Any]]:
    """The turn of a row's system prompt."""
    return [{"role": "system", "content": row[shape.system]}] if row.get(shape.system) else []


def pair(question: Any, answer: Any) -> list[dict[str, Any]]:
    """A question and its answer as turns."""
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def as_turns(value: Any, role: str) -> list[Any]:
    """The list of turns, or the one that a text is."""
    return value if isinstance(value, list) else [{"role": role, "content": value}]


def first(row: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """The value of the first of the keys that is there."""
    return next((row[key] for key in keys if row.get(key) is not None), None)


def content_of(content: Any, *, is_user: bool) -> tuple[str, list[ImageReference | None]]:
    """The text of a turn and its pictures in order; None for the place of one that is elsewhere."""
    if content is None or isinstance(content, str):
        text = content or ""
        if not is_user:
            return text, []
        plain = text.replace(f"{PLACEHOLDER}\n", "").replace(PLACEHOLDER, "")
        return plain, [None] * text.count(PLACEHOLDER)
    if not isinstance(content, list):
        raise BadInput("the content of a turn must be a text or a list of parts")
    texts: list[str] = []
    pictures: list[ImageReference | None] = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif isinstance(part, dict) and str(part.get("type", "")).startswith("image"):
            pictures += references(part.get("image_url", part.get("image"))) or [None]
    return "".join(texts), pictures


def references(value: Any) -> list[ImageReference]:
    """Pictures as trainers name them; of a path of another machine the last part counts."""
    if isinstance(value, list):
        return [reference for each in value for reference in references(each)]
    if isinstance(value, str):
        return [lenient_reference(value)] if value else []
    if isinstance(value, dict) and isinstance(value.get("bytes"), list | str):
        raise BadInput("pictures as lists of bytes aren't read: give paths or data: addresses")
    if isinstance(value, dict) and isinstance(value.get("path") or value.get("url"), str):
        return [lenient_reference(value.get("path") or value["url"])]
    return references_of(value) if value is not None else []
