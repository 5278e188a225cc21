"""The variables of a job."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.training.runner.job import Job, JobSample
from annotator.variables import VariableSpec, read_remote_config


def all_specs(job: Job) -> list[VariableSpec]:
    """The job's variables."""
    return [read_remote_config(config) for config in job.config["variables"]]


def used_specs(job: Job, samples: Sequence[JobSample]) -> list[VariableSpec]:
    """The job's variables, without those that no sample has a value for: nothing to learn or to test."""
    used = {
        name for sample in samples for name, value in sample.values.items() if value is not None
    }
    return [spec for spec in all_specs(job) if spec.name in used]
