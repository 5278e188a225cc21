"""Made-up answers, so that a form and a template can be looked at before there are samples."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.datasets.actions.samples import first_metadata
from annotator.datasets.models import Dataset, Sample, Variable
from annotator.datasets.rendering import Rendered, render_sample


def example_rendering(dataset: Dataset, variables: Sequence[Variable]) -> Rendered:
    """The texts of a made-up sample with a value for every variable, its metadata made up too."""
    metadata = {name: value or f"({name})" for name, value in first_metadata(dataset).items()}
    sample = Sample(dataset=dataset, input_meta_data=metadata)
    values = {variable.name: variable.spec.example() for variable in variables}
    return render_sample(sample, values, variables=variables)
