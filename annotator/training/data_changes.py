"""What changed in a task's data from one moment to another."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from annotator.training.data_states import DataState

NAMED = 100  # samples of each change that a page names; all are counted
REMEMBERED = 100_000  # samples of the earlier state that are kept in memory
TEXTS = {
    "system_prompt": "System prompt",
    "user_prompt": "User prompt",
    "result_template": "Result template",
    "result_format": "Format of the answer",
}


@dataclass(frozen=True)
class ChangedSample:
    """One sample; `before` and `after` are what changed of it, None where that is the whole sample."""

    id: str
    name: str
    before: Any = None
    after: Any = None


@dataclass
class ChangedSamples:
    """The samples that changed in one way: all are counted, the first NAMED are named."""

    label: str
    count: int = 0
    samples: list[ChangedSample] = field(default_factory=list)

    def add(self, sample: dict[str, Any], before: Any = None, after: Any = None) -> None:
        """Count one more."""
        self.count += 1
        if len(self.samples) < NAMED:
            self.samples.append(ChangedSample(sample["id"], sample["name"], before, after))


@dataclass(frozen=True)
class ChangedText:
    """A prompt, a limit of a variable or a parameter; empty texts where one side has none."""

    label: str
    before: str
    after: str


@dataclass
class DataChanges:
    """Everything that changed. `is_cut`: the earlier state has more samples than REMEMBERED."""

    samples: list[ChangedSamples] = field(default_factory=list)
    prompts: list[ChangedText] = field(default_factory=list)
    schema: list[ChangedText] = field(default_factory=list)
    params: list[ChangedText] = field(default_factory=list)
    unchanged: int = 0
    is_cut: bool = False

    def __bool__(self) -> bool:
        return bool(self.samples or self.prompts or self.schema or self.params)


def changes(before: DataState, after: DataState) -> DataChanges:
    """Compare both, sample by sample."""
    result = DataChanges(
        prompts=_prompts(before.prompts, after.prompts),
        schema=_by_name(before.variables, after.variables),
    )
    if before.params is not None and after.params is not None:
        result.params = _texts("", before.params, after.params)
    earlier: dict[str, dict[str, Any]] = {}
    for sample in before.samples:
        if len(earlier) == REMEMBERED:
            result.is_cut = True
            return result
        earlier[sample["id"]] = sample
    _compare_samples(result, earlier, after)
    return result


def _compare_samples(
    result: DataChanges, earlier: dict[str, dict[str, Any]], after: DataState
) -> None:
    """Every sample of the later state beside that of the earlier one, which is taken out."""
    added, removed = ChangedSamples("Added"), ChangedSamples("Removed")
    moved = ChangedSamples("Between training and test")
    images, texts = ChangedSamples("Images"), ChangedSamples("Prompts and settings of the sample")
    values: dict[str, ChangedSamples] = defaultdict(lambda: ChangedSamples(""))
    for sample in after.samples:
        old = earlier.pop(sample["id"], None)
        if old is None:
            added.add(sample)
            continue
        is_same = True
        for key, group in (("split", moved), ("images", images), ("texts", texts)):
            if old[key] != sample[key]:
                is_same = False
                shown = (old[key], sample[key]) if key == "split" else ()
                group.add(sample, *shown)
        for name in sorted(old["values"].keys() | sample["values"].keys()):
            given = old["values"].get(name), sample["values"].get(name)
            if given[0] != given[1]:
                is_same = False
                values[name].label = f"Value of {name}"
                values[name].add(sample, *map(_text, given))
        result.unchanged += is_same
    for sample in earlier.values():
        removed.add(sample)
    groups = [added, removed, moved, *(values[name] for name in sorted(values)), images, texts]
    result.samples = [group for group in groups if group.count]


def _prompts(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[ChangedText]:
    """The texts of each dataset, by its name."""
    old, new = ({row["dataset"]: row for row in rows} for rows in (before, after))
    changed = []
    for dataset in [*old, *(name for name in new if name not in old)]:
        for key, label in TEXTS.items():
            texts = [(rows.get(dataset) or {}).get(key) or "" for rows in (old, new)]
            if texts[0] != texts[1]:
                changed.append(ChangedText(f"{dataset}: {label.lower()}", *texts))
    return changed


def _by_name(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[ChangedText]:
    """The variables, each limit of theirs."""
    old, new = ({row["name"]: row for row in rows} for rows in (before, after))
    return [
        change
        for name in [*old, *(name for name in new if name not in old)]
        for change in _texts(f"{name}: ", old.get(name, {}), new.get(name, {}))
    ]


def _texts(prefix: str, before: dict[str, Any], after: dict[str, Any]) -> list[ChangedText]:
    """The keys whose values differ."""
    return [
        ChangedText(
            f"{prefix}{key.replace('_', ' ')}", _text(before.get(key)), _text(after.get(key))
        )
        for key in [*before, *(key for key in after if key not in before)]
        if before.get(key) != after.get(key)
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
