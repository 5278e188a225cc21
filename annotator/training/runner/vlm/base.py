"""Loads the base model and makes it trainable: LoRA, QLoRA or all weights."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForImageTextToText, AutoProcessor

from annotator.training.runner.job import Job
from annotator.training.runner.vlm import tiny
from annotator.training.runner.vlm.device import computes_bfloat16, device_name
from annotator.training.runner.vlm.ranks import rank

TINY = "tiny"
SOURCE = "source.json"
TEXT = re.compile(r"(^|\.)(text_model|language_model)(\.|$)")
SIGHT = re.compile(r"(^|\.)(vision\w*|visual\w*|connector|multi_modal_projector|merger)(\.|$)")


@dataclass
class Loaded:
    """A base with its processor. `name` is what artifacts call it; `folder` is where it was read."""

    model: Any
    processor: Any
    name: str
    folder: Path
    source: dict[str, Any]  # of one that was downloaded: repository and commit

    @property
    def public_name(self) -> str:
        """What others know it by: its repository on the hub, else its name here."""
        return str(self.source.get("repository") or self.name)

    @property
    def is_tiny(self) -> bool:
        """Whether it has learned nothing yet: then embeddings and vision are trained too."""
        return self.name == TINY

    @property
    def max_length(self) -> int:
        """How many tokens a conversation may have."""
        config = self.model.config
        text = getattr(config, "text_config", config)
        limits = [getattr(text, "max_position_embeddings", None)]
        limits.append(self.processor.tokenizer.model_max_length)
        return min(limit for limit in limits if limit)

    @property
    def special_tokens(self) -> list[str]:
        """What no text of a sample may hold: the tokenizer would take it for a sign of its own."""
        tokenizer = self.processor.tokenizer
        added = [
            token.content for token in tokenizer.added_tokens_decoder.values() if token.special
        ]
        return sorted({*tokenizer.all_special_tokens, *added} - {""})


def load(job: Job) -> Loaded:
    """The base that the job names, on its device. Raises ValueError for one that cannot be used here."""
    name = job.params["base"]
    folder = job.folder / "base" if name == TINY else Path(job.config["bases"], name)
    if name == TINY:
        while rank() and not (folder / tiny.COMPLETE).exists():
            time.sleep(0.1)  # the first process makes it
        rows = [*job.rows("train"), *job.rows("test")]
        texts = (row[key] for row in rows for key in ("system", "user", "answer"))
        tiny.build(folder, texts, seed=job.params["seed"])
    if not any(folder.glob("*.safetensors")):
        raise ValueError(f"The base {name} has no weights in safetensors.")
    processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False)
    if not processor.chat_template:
        raise ValueError(
            f"The base {name} has no chat template: choose its instruction-tuned form."
        )
    options = {"quantization_config": four_bits()} if job.params["method"] == "qlora" else {}
    model = AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=weights_type(job),
        attn_implementation=attention(folder),
        use_safetensors=True,
        trust_remote_code=False,
        **options,
    )
    model = model if options else model.to(device_name())
    return Loaded(model, processor, name, folder, source_of(folder))


def source_of(folder: Path) -> dict[str, Any]:
    """The repository and the commit that the base was downloaded from; empty for another."""
    path = folder / SOURCE
    note = json.loads(path.read_text()) if path.exists() else {}
    return {key: note[key] for key in ("repository", "revision") if note.get(key)}


def weights_type(job: Job) -> torch.dtype:
    """How weights are held: all of them are trained in float32, a frozen base may have less."""
    wanted = job.params["precision"] or ("bfloat16" if computes_bfloat16() else "float32")
    is_frozen = job.params["method"] != "full" and job.params["base"] != TINY
    return torch.bfloat16 if wanted == "bfloat16" and is_frozen else torch.float32


def uses_autocast(job: Job) -> bool:
    """Whether float32 weights are computed with in bfloat16."""
    wanted = job.params["precision"] or ("bfloat16" if computes_bfloat16() else "float32")
    return wanted == "bfloat16" and job.params["base"] != TINY


def attention(folder: Path) -> str:
    """Gemma 3 gives NaN with the fused kernels, its makers say."""
    return "eager" if '"gemma3"' in (folder / "config.json").read_text() else "sdpa"


def four_bits() -> Any:
    """The base in 4 bits. Raises ValueError where that can't be computed."""
    if not torch.cuda.is_available():
        raise ValueError("QLoRA needs a CUDA GPU: choose LoRA.")
    from transformers import BitsAndBytesConfig  # needs the extra

    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


def make_trainable(base: Loaded, params: dict[str, Any]) -> Any:
    """The model with what is to be trained marked so."""
    if params["method"] == "full":
        for name, weight in base.model.named_parameters():
            weight.requires_grad = base.is_tiny or params["vision"] or not SIGHT.search(name)
        return base.model
    model = base.model
    if params["method"] == "qlora":
        model = prepare_model_for_kbit_training(model)
    # A base of chance cannot write new words with frozen embeddings; a trained one can.
    embeddings = {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}
    return get_peft_model(
        model,
        LoraConfig(
            r=params["rank"],
            lora_alpha=params["alpha"] or 2 * params["rank"],
            lora_dropout=params["dropout"],
            target_modules=target_pattern(model, params),
            task_type="CAUSAL_LM",
            **(embeddings if base.is_tiny else {}),
        ),
    )


def target_pattern(model: Any, params: dict[str, Any]) -> str:
    """A regular expression of the layers to adapt, by their path: plain names would hit the vision part too.

    Raises ValueError when the names that the run gives fit no layer.
    """
    linear = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    wanted = {name.strip() for name in params["targets"].split(",") if name.strip()}
    chosen = [
        name
        for name in linear
        if (is_text(name) or (params["vision"] and SIGHT.search(name)))
        and (not wanted or name.rpartition(".")[2] in wanted)
    ]
    if not chosen:
        known = ", ".join(sorted({name.rpartition(".")[2] for name in linear if is_text(name)}))
        raise ValueError(f"No layer is called {params['targets']}. There are: {known}.")
    # The numbers of the layers are left out: a short expression for a model of many layers.
    return "|".join(
        sorted({re.sub(r"\\\.\d+\\\.", r"\\.\\d+\\.", re.escape(name)) for name in chosen})
    )


def is_text(name: str) -> bool:
    """Whether a layer belongs to the text model."""
    return bool(TEXT.search(name)) and not SIGHT.search(name) and not name.endswith("lm_head")
