"""Which prompt and template a sample is trained with, and where each comes from (Q20).

user prompt      sample → dataset → task → none
system prompt    dataset → task → none
result template  sample → dataset → none
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from annotator.datasets.models import Dataset, Prompt, Sample


class HasPrompts(Protocol):
    """A task, which this room does not know."""

    system_prompt: Prompt | None
    user_prompt: Prompt | None


@dataclass(frozen=True)
class Text:
    """A resolved text. `source` is sample, dataset, task or none."""

    content: str
    source: str
    prompt: Prompt | None = None


NONE = Text("", "none")


def user_prompt(sample: Sample, task: HasPrompts | None = None) -> Text:
    """The instruction, its places not filled in yet."""
    if sample.own_user_prompt is not None:
        return Text(sample.own_user_prompt, "sample")
    return dataset_user_prompt(sample.dataset, task)


def dataset_user_prompt(dataset: Dataset, task: HasPrompts | None = None) -> Text:
    """The instruction of samples that have none of their own."""
    return _first((dataset.user_prompt, "dataset"), (task.user_prompt if task else None, "task"))


def system_prompt(dataset: Dataset, task: HasPrompts | None = None) -> Text:
    """What sets the model's behaviour; the dataset's wins over the task's."""
    return _first(
        (dataset.system_prompt, "dataset"), (task.system_prompt if task else None, "task")
    )


def result_template(sample: Sample) -> Text:
    """The form of the answer; its format is the dataset's `result_format`."""
    if sample.own_result_template is not None:
        return Text(sample.own_result_template, "sample")
    return _first((sample.dataset.result_template, "dataset"))


def _first(*candidates: tuple[Prompt | None, str]) -> Text:
    for prompt, source in candidates:
        if prompt is not None:
            return Text(prompt.content, source, prompt)
    return NONE
