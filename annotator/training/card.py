"""The card of a version, frozen in its archive: card.json, and README.md for people."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotator.training.models import ModelVersion, TrainingRun
from annotator.training.predictions import archive_lines

FILE = "card.json"
ABOUT = "about.json"  # what a backend writes beside its model: base, libraries, device
OWN_LIBRARIES = ("numpy", "pillow")  # of a backend that trains in the app's own environment


def card_of(
    run: TrainingRun, folder: Path, metrics: dict[str, Any], version: int
) -> dict[str, Any]:
    """Everything that a reader needs to judge the version, or to train it again."""
    job = json.loads((folder / "job.json").read_text())
    about = _about(folder)
    snapshot = run.snapshot
    return {
        "task": run.task.name,
        "description": run.task.description,
        "version": version,
        "backend": run.backend,
        "base": _base(about),
        "params": job["params"],
        "seed": job["seed"],
        "max_tokens": job["max_tokens"],
        "data": {
            "hash": snapshot.get("hash", ""),
            "train": metrics["train_samples"],
            "test": metrics["test_samples"],
            "excluded": snapshot.get("excluded", 0),
            "datasets": [row["name"] for row in snapshot.get("datasets", [])],
        },
        "schema": job["variables"],
        "prompts": job["prompts"],
        "machine": {key: value for key, value in about.items() if key not in OF_BASE},
        "times": _times(run),
        "requested_by": run.requested_by.display_name if run.requested_by else "",
        "score": metrics["score"],
    }


OF_BASE = {"base", "base_type", "repository", "weights", "trained_weights", "revision"}


def _about(folder: Path) -> dict[str, Any]:
    """What the backend wrote; of one that wrote nothing, the app's own Python and machine."""
    for path in (folder / "model" / ABOUT, folder / ABOUT):
        if path.exists():
            return {**json.loads(path.read_text()), "python": platform.python_version()}
    return {
        "device": platform.machine(),
        "python": platform.python_version(),
        "platform": sys.platform,
        "libraries": {name: metadata.version(name) for name in OWN_LIBRARIES},
    }


def _base(about: dict[str, Any]) -> dict[str, Any] | None:
    """The base model with its revision; None where the backend has none."""
    if "base" not in about:
        return None
    revision = about.get("revision") or _fingerprint(Path(settings.BASE_MODELS_DIR) / about["base"])
    known = {key: about[key] for key in OF_BASE if key in about}
    return {**known, "name": known.pop("base"), "revision": revision}


def _fingerprint(base: Path) -> str:
    """A hash of the base's configuration, its index of weights and their files' names and sizes.

    Empty for a base that is no folder, such as one made on the spot.
    """
    if not (base / "config.json").is_file():
        return ""
    digest = hashlib.sha256((base / "config.json").read_bytes())
    for path in sorted(base.glob("*.safetensors*")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        if path.suffix == ".json":
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _times(run: TrainingRun) -> dict[str, Any]:
    """When it was requested, started and ended (ISO 8601, UTC), and the seconds: in all and by phase.

    A run that went on later has worked for less than the time between.
    """
    now = timezone.now()
    started = run.started_at or now
    return {
        "requested_at": run.requested_at.isoformat(),
        "started_at": started.isoformat(),
        "ended_at": now.isoformat(),
        "waited_seconds": round((started - run.requested_at).total_seconds()),
        "seconds": round(run.worked_seconds),
        "phases": dict(run.phase_seconds),
    }


def card_of_version(version: ModelVersion) -> dict[str, Any]:
    """The frozen card; empty for a version whose archive has none: of a remote, or an early one."""
    text = "".join(archive_lines(version, FILE))
    return dict(json.loads(text)) if text else {}


def readme(card: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Markdown with a YAML header, as model hubs show it."""
    base = card["base"]
    header = {
        "library_name": "peft" if base and card["params"].get("method") != "full" else "annotator",
        "base_model": base.get("repository", base["name"]) if base else None,
        "pipeline_tag": "image-text-to-text",
        "tags": [card["backend"]],
    }
    lines = [
        "---",
        *(f"{key}: {json.dumps(value)}" for key, value in header.items() if value is not None),
        "---",
        "",
        f"# {card['task']}, version {card['version']}",
        "",
        card["description"],
        "",
        *_facts(card),
        "",
        "## Evaluation",
        "",
        *_table(metrics),
        "",
        "The trivial answer is the median of numbers and otherwise the most frequent value, whatever the",
        "image shows. The interval contains the mean score with 95 % confidence.",
        *_texts(card),
        "",
        "## Use",
        "",
        "`config.json` or `adapter_config.json` names the type of model; `prompts.json` and `schema.json`",
        "hold the prompts and the variables; `predictions.jsonl` holds every prediction on the test samples",
        "with the expected value; `dataset_samples.jsonl` names the samples; `card.json` is this card.",
    ]
    return "\n".join(lines) + "\n"


def _facts(card: dict[str, Any]) -> list[str]:
    """A list of what stands in the card, one line each."""
    data, times = card["data"], card["times"]
    facts = {"Backend": card["backend"]}
    if card["base"]:
        names = (card["base"].get("repository", card["base"]["name"]), card["base"]["revision"])
        facts["Base"] = " ".join(filter(None, names))
    facts |= {
        "Data": (
            f"trained on {data['train']} samples, tested on {data['test']}; {data['excluded']} were"
            f" left out; datasets: {', '.join(data['datasets'])}"
        ),
        "Data hash": data["hash"],
        "Parameters": _pairs(card["params"]),
        "Machine": _pairs({k: v for k, v in card["machine"].items() if k != "libraries"}),
        "Libraries": _pairs(card["machine"].get("libraries", {})),
        "Trained": f"{times['started_at']}, in {times['seconds']} s",
        "Phases": _pairs({name: f"{seconds:.0f} s" for name, seconds in times["phases"].items()}),
        "Requested by": card["requested_by"],
    }
    return [f"- {name}: {text}" for name, text in facts.items() if text]


def _texts(card: dict[str, Any]) -> list[str]:
    """Schema and prompts."""
    lines = ["", "## Variables", ""]
    lines += [f"- `{row['name']}`: {row['type']}" for row in card["schema"]]
    lines += ["", "## Prompts", ""]
    for row in card["prompts"]:
        texts = {"System": row["system_prompt"], "User": row["user_prompt"]}
        texts["Answer"] = row["result_template"]
        for name, text in texts.items():
            if text:
                lines += [f"{name} ({row['dataset']}):", "", *_indented(text), ""]
    return lines


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _table(metrics: dict[str, Any]) -> list[str]:
    if not metrics["test_samples"]:
        return ["Not evaluated: there were no test samples."]
    rows = [
        "| variable | metric | score | 95 % interval | trivial answer | n |",
        "|---|---|---|---|---|---|",
    ]
    for variable in metrics["variables"]:
        interval = f"{variable['score_low']:.2f}–{variable['score_high']:.2f}"
        rows.append(
            f"| {variable['name']} | {variable['metric']} | {variable['score']:.3f} | {interval} "
            f"| {variable['trivial']:.3f} | {variable['n']} |"
        )
    return rows
