"""The platform's rows, one dataclass per resource; `mappers.py` reads them.

Absent fields are empty, or None where absent differs from empty. `raw` is the row as received, with
unknown fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from annotator.remote.reading import parse_time
from annotator.remote.values import RemoteValue


@dataclass(frozen=True, kw_only=True)
class RemoteRow:
    """What all rows have."""

    id: str
    workspace: str | None
    raw: dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Dated:
    """The server's own time of creation: its text, and that text as an aware UTC time if it is one."""

    created_text: str

    @property
    def created_at(self) -> datetime | None:
        return parse_time(self.created_text)


@dataclass(frozen=True, kw_only=True)
class RemotePrompt(RemoteRow):
    """`content` is None in a list: only the prompt itself carries its text."""

    name: str
    type: str
    description: str
    content: str | None
    format: str | None


@dataclass(frozen=True, kw_only=True)
class RemoteTask(RemoteRow, Dated):
    """Versions are 0 while there is no model. `datasets` is None when the response has no such field."""

    name: str
    description: str
    auto_deploy: bool
    production_version: int
    last_version: int
    max_tokens: int | None
    datasets: tuple[str, ...] | None
    dataset_count: int | None
    training_params: dict[str, Any]
    training_time_seconds: float | int | None
    system_prompt_id: str | None
    user_prompt_id: str | None
    system_prompt: str | None
    user_prompt: str | None


@dataclass(frozen=True, kw_only=True)
class RemoteDataset(RemoteRow, Dated):
    """Counts are the server's claims; `version` is a day, too coarse to tell a change."""

    name: str
    description: str
    version: str
    result_format: str | None
    default_input_meta_data: dict[str, Any]
    meta_data: dict[str, Any]
    samples_count: int | None
    variables_count: int | None
    system_prompt_id: str | None
    user_prompt_id: str | None
    result_template_id: str | None
    system_prompt: str | None
    user_prompt: str | None
    result_template: str | None


@dataclass(frozen=True, kw_only=True)
class RemoteVariable(RemoteRow):
    """Limits are None when not given. `choices` is as sent: comma-separated text, or a list."""

    dataset: str | None
    dataset_name: str
    name: str
    type: str
    required: bool
    description: str
    choices: Any
    min_value: float | int | None
    max_value: float | int | None
    step_size: float | int | None
    min_length: int | None
    max_length: int | None
    default_value: Any


@dataclass(frozen=True, kw_only=True)
class RemoteSampleImage(RemoteRow):
    """An image attached to a sample: `id` is that of the attachment, `image_id` that of the image."""

    image_id: str
    img_path: str
    thumb: str
    text: str | None
    order: int
    resize: str | None
    meta_data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RemoteSampleObject(RemoteRow):
    """A detection object attached to a sample. `bbox` is xmin, ymin, xmax, ymax in pixels, or None."""

    detection_object_id: str
    image_id: str | None
    image_url: str
    thumb_url: str
    label_name: str
    label_color: str
    bbox: tuple[float, float, float, float] | None
    text: str | None
    order: int
    meta_data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RemoteSample(RemoteRow, Dated):
    """`values`, `images` and `objects` are None when the response does not hold them: unknown.

    `values` is keyed by the variable's name (its id where no name is known).
    """

    dataset: str | None
    dataset_name: str
    name: str | None
    description: str | None
    type: str
    test: bool
    result_template: str | None
    user_prompt: str | None
    input_meta_data: dict[str, Any]
    meta_data: dict[str, Any]
    images_count: int | None
    objects_count: int | None
    variables_count: int | None
    dataset_variables_config: dict[str, Any]
    values: dict[str, RemoteValue] | None
    images: tuple[RemoteSampleImage, ...] | None
    objects: tuple[RemoteSampleObject, ...] | None


@dataclass(frozen=True, kw_only=True)
class RemoteModel(RemoteRow, Dated):
    """A trained version of a task. The platform's page has no fields for it: most live in `raw`."""

    task: str | None
    version: int | None
    metrics: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RemoteImage(RemoteRow, Dated):
    """An uploaded picture. Addresses are empty when the answer has none that can be called."""

    img_path: str
    thumb_img_path: str
    width_px: int | None
    height_px: int | None
    test_image: bool
    meta_data: dict[str, Any]
