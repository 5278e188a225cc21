"""Fine-tunes a vision-language model in an environment of its own (docs/training.md)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from annotator.training import bases, venv
from annotator.training.backends.interface import Availability, Curve, Device
from annotator.training.backends.parameters import (
    ChoiceParameter,
    FloatParameter,
    IntegerParameter,
    Parameter,
    SwitchParameter,
    TextParameter,
)

METHODS = {
    "lora": "LoRA: a small adapter beside the frozen base",
    "full": "Full: all weights of the base",
}
QLORA = {"qlora": "QLoRA: an adapter beside the base in 4 bits"}

CURVES = (
    Curve(name="loss", label="Loss"),
    Curve(name="score", label="Score on the test samples", unit="0 to 1"),
    Curve(name="learning rate", label="Learning rate"),
    Curve(name="speed", label="Speed", unit="samples per second"),
    Curve(name="memory", label="Memory", unit="GB"),
)

LENGTH: tuple[Parameter, ...] = (
    FloatParameter(
        name="epochs",
        label="Epochs",
        help="How often each training sample is seen.",
        default=3.0,
        minimum=0.01,
        maximum=1000,
    ),
    IntegerParameter(
        name="max_steps",
        label="Maximum steps",
        help="Ends earlier than the epochs say; empty for no limit.",
        default=None,
        minimum=1,
        maximum=1_000_000,
    ),
    IntegerParameter(
        name="batch_size",
        label="Batch size",
        unit="samples",
        help="How many samples are computed at once. Out of memory, it is halved once.",
        default=4,
        minimum=1,
        maximum=256,
    ),
    IntegerParameter(
        name="accumulation",
        label="Batches per step",
        help="The weights change once in so many batches.",
        default=1,
        minimum=1,
        maximum=256,
    ),
)
RATES: tuple[Parameter, ...] = (
    FloatParameter(
        name="learning_rate",
        label="Learning rate",
        help="Empty: 0.0002 for LoRA, 0.00001 for full; 0.003 and 0.001 for the tiny base.",
        default=None,
        minimum=0.0000001,
        maximum=1,
    ),
    IntegerParameter(
        name="warmup_steps",
        label="Warm-up",
        unit="steps",
        help="While the learning rate rises to its height.",
        default=10,
        minimum=0,
        maximum=100_000,
    ),
    FloatParameter(
        name="weight_decay",
        label="Weight decay",
        help="Empty: 0.05 for full, 0 for LoRA.",
        default=None,
        minimum=0,
        maximum=1,
    ),
)
ADAPTER: tuple[Parameter, ...] = (
    IntegerParameter(
        name="rank",
        label="LoRA rank",
        help="The size of the adapter.",
        default=16,
        minimum=1,
        maximum=512,
    ),
    IntegerParameter(
        name="alpha",
        label="LoRA alpha",
        help="The weight of the adapter. Empty: twice the rank.",
        default=None,
        minimum=1,
        maximum=2048,
    ),
    FloatParameter(name="dropout", label="LoRA dropout", default=0.05, minimum=0, maximum=0.9),
    TextParameter(
        name="targets",
        label="LoRA layers",
        help="Names of linear layers with commas, such as q_proj,v_proj. Empty: all of the text model.",
        default="",
    ),
    SwitchParameter(
        name="vision",
        label="Train the vision part too",
        help="Needs more memory; worth it for pictures unlike those of the base.",
        default=False,
    ),
)
TESTS: tuple[Parameter, ...] = (
    IntegerParameter(
        name="validation_percent",
        label="Validation",
        unit="% of the training samples",
        help="Set aside to watch the loss; not trained on. Fewer than 20 training samples: none.",
        default=10,
        minimum=0,
        maximum=50,
    ),
    IntegerParameter(
        name="patience",
        label="Stop early after",
        unit="checkpoints",
        help="Without a lower validation loss; the best checkpoint is kept. 0: never.",
        default=0,
        minimum=0,
        maximum=1000,
    ),
    IntegerParameter(
        name="evaluate_epochs",
        label="Evaluate every",
        unit="epochs",
        help="Answers the test samples while training. 0: at the end alone.",
        default=0,
        minimum=0,
        maximum=1000,
    ),
    IntegerParameter(
        name="evaluate_samples",
        label="Test samples of an evaluation while training",
        unit="samples",
        help="The evaluation at the end takes all.",
        default=50,
        minimum=1,
        maximum=10_000,
    ),
    SwitchParameter(
        name="compare",
        label="Compare with the baseline",
        help="Trains what compares image features on the same samples, in seconds.",
        default=True,
    ),
)
MACHINE: tuple[Parameter, ...] = (
    IntegerParameter(
        name="checkpoint_steps",
        label="Checkpoint every",
        unit="steps",
        help="From where an interrupted run goes on; the last two are kept.",
        default=50,
        minimum=1,
        maximum=100_000,
    ),
    IntegerParameter(
        name="max_length",
        label="Maximum length of a sample",
        unit="tokens",
        help="Longer samples are left out. Empty: what the base can read.",
        default=None,
        minimum=16,
        maximum=1_000_000,
    ),
    IntegerParameter(
        name="image_side",
        label="Maximum image side",
        unit="pixels",
        help="Larger images are made smaller first. Empty: as the base does.",
        default=None,
        minimum=16,
        maximum=16_384,
    ),
    IntegerParameter(
        name="devices",
        label="GPUs",
        help="How many of this machine's train together, each with a batch of its own.",
        default=1,
        minimum=1,
        maximum=64,
    ),
    ChoiceParameter(
        name="precision",
        label="Precision",
        help="Empty: bfloat16 where the device computes it, else float32.",
        default=None,
        choices={"bfloat16": "bfloat16", "float32": "float32"},
    ),
    SwitchParameter(
        name="save_memory",
        label="Compute activations again",
        help="Gradient checkpointing: less memory, about a third slower.",
        default=False,
    ),
    SwitchParameter(
        name="merged",
        label="Add the merged weights",
        help="The archive also holds base and adapter as one model.",
        default=False,
    ),
    IntegerParameter(
        name="seed",
        label="Seed",
        help="Of all that is chosen by chance.",
        default=1,
        minimum=0,
        maximum=2**31 - 1,
    ),
)
FOLDED = {
    "Learning rate": RATES,
    "Adapter": ADAPTER,
    "Validation and tests": TESTS,
    "Memory, checkpoints and seed": MACHINE,
}


class Vlm:
    """A base model learns to answer as the labels do."""

    name: str = "vlm"
    label: str = "Vision-language model"
    description: str = "Fine-tunes a base model on images, prompts and answers. Slow without a GPU."
    device: Device = Device.GPU_OR_PROCESSOR
    ends_early: bool = True
    curves: tuple[Curve, ...] = CURVES

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The bases are those of this machine; QLoRA is offered where it is installed."""
        choices = {base.name: base.label for base in bases.bases()}
        has_qlora = "qlora" in venv.environment().extras
        first: tuple[Parameter, ...] = (
            ChoiceParameter(
                name="base",
                label="Base model",
                help="What is fine-tuned; more are folders in BASE_MODELS_DIR.",
                default=bases.TINY,
                choices=choices,
            ),
            ChoiceParameter(
                name="method",
                label="Method",
                default="lora",
                choices=METHODS | (QLORA if has_qlora else {}),
            ),
        )
        folded = [replace(each, group=group) for group, part in FOLDED.items() for each in part]
        return (*first, *LENGTH, *folded)

    def availability(self) -> Availability:
        """Whether the training environment holds what its lock files list; reads small files alone."""
        environment = venv.environment()
        if environment.is_current:
            return Availability(ok=True)
        reason = (
            "The training environment is older than this version of the app."
            if environment.is_installed
            else "What it needs is not installed."
        )
        return Availability(ok=False, reason=reason, command=venv.INSTALL)

    def command(self, folder: Path) -> list[str]:
        """A process of the training environment; it calls this Python to read the answers."""
        python = str(venv.environment().python)
        return [python, "-m", "annotator.training.runner.vlm", str(folder), sys.executable]

    def predict(self, folder: Path) -> list[str]:
        """A process of the training environment; its answers are read by whoever asked."""
        python, bases_folder = str(venv.environment().python), str(settings.BASE_MODELS_DIR)
        return [python, "-m", "annotator.training.runner.vlm.predict", str(folder), bases_folder]
