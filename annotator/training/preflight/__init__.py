"""What blocks a training, and what a person should know before starting one."""

from annotator.training.preflight.checks import MIN_TRAINING_SAMPLES, check
from annotator.training.preflight.findings import Finding, Preflight
from annotator.training.preflight.kept import counted_datasets, kept_check

__all__ = [
    "MIN_TRAINING_SAMPLES",
    "Finding",
    "Preflight",
    "check",
    "counted_datasets",
    "kept_check",
]
