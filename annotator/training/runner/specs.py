"""The variables of a job."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.training.runner.job import Job, JobSample
from annotator.variables import VariableSpec, read_remote_config


def used_specs(job: Job, samples: Sequence[JobSample]) -> list[VariableSpec]:
    """The job's variables, without those that no sample has a value for: nothing to learn or to test."""
    used = {
        name for sample in samples for name, value in sample.values.items() if value is not None
    }
    specs = [read_remote_config(config) for config in job.config["variables"]]
    return [spec for spec in specs if spec.name in used]
