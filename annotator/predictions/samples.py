"""What a model is given of each sample: its pictures and the texts of the prompts, as in a training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch

from annotator.datasets.models import Dataset, Sample, SampleImage, SampleQuerySet, Variable
from annotator.datasets.rendering import Rendered, render_sample
from annotator.images.models import Image
from annotator.training.models import Task

CHUNK = 500  # samples read at once


@dataclass(frozen=True)
class Question:
    """One sample with its stored pictures in order and its rendered prompts."""

    sample: Sample
    images: list[Image]
    rendered: Rendered

    @property
    def is_usable(self) -> bool:
        """Whether it has pictures, and all of them are here."""
        return bool(self.images) and all(i.state == Image.State.STORED for i in self.images)


def questions(
    samples: SampleQuerySet, dataset: Dataset, variables: list[Variable], task: Task | None
) -> Iterator[Question]:
    """One question for each sample, in their order; a few queries per CHUNK."""
    dataset = Dataset.objects.with_prompts().get(pk=dataset.pk)
    relations = SampleImage.objects.select_related("image").order_by("order", "id")
    with_images = samples.prefetch_related(Prefetch("sample_images", queryset=relations))
    for sample in with_images.iterator(chunk_size=CHUNK):
        sample.dataset = dataset
        images = [relation.image for relation in sample.sample_images.all()]
        yield Question(sample, images, render_sample(sample, {}, task, variables=variables))
