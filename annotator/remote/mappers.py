"""Reads the platform's JSON into the dataclasses of `shapes.py`: one function per resource.

A row without an id, or with a field of the wrong type, raises InvalidResponse: then nothing of its page
is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from annotator.remote import shapes
from annotator.remote.reading import JsonReader
from annotator.remote.values import read_values

Shape = TypeVar("Shape")


def rows(data: Any, mapper: Callable[[Any], Shape]) -> tuple[Shape, ...]:
    """A bare list of rows."""
    return tuple(mapper(item) for item in JsonReader({"rows": data}, "list").items("rows"))


def _common(row: JsonReader) -> dict[str, Any]:
    return {"id": row.id(), "workspace": row.ref("workspace"), "raw": row.data}


def prompt(data: Any) -> shapes.RemotePrompt:
    """A prompt, with or without its content."""
    row = JsonReader(data, "prompt")
    return shapes.RemotePrompt(
        **_common(row),
        name=row.text("name"),
        type=row.text("type"),
        description=row.text("description"),
        content=row.text_or_none("content"),
        format=row.text("format") or None,
    )


def task(data: Any) -> shapes.RemoteTask:
    """A task; no version and version null are 0, as the platform writes it."""
    row = JsonReader(data, "task")
    return shapes.RemoteTask(
        **_common(row),
        name=row.text("name"),
        description=row.text("description"),
        created_text=row.created_text(),
        auto_deploy=row.boolean("auto_deploy"),
        production_version=row.integer("production_version") or 0,
        last_version=row.integer("last_version") or 0,
        max_tokens=row.integer("max_tokens"),
        datasets=row.refs("datasets"),
        dataset_count=row.integer("dataset_count"),
        training_params=row.mapping("training_params"),
        training_time_seconds=row.number("training_time"),
        system_prompt_id=row.ref("system_prompt_id"),
        user_prompt_id=row.ref("user_prompt_id"),
        system_prompt=row.text_or_none("system_prompt"),
        user_prompt=row.text_or_none("user_prompt"),
    )


def dataset(data: Any) -> shapes.RemoteDataset:
    """A dataset with its counts and resolved prompts."""
    row = JsonReader(data, "dataset")
    return shapes.RemoteDataset(
        **_common(row),
        name=row.text("name"),
        description=row.text("description"),
        version=row.text("version"),
        created_text=row.created_text(),
        result_format=row.text("result_format") or None,
        default_input_meta_data=row.mapping("default_input_meta_data"),
        meta_data=row.mapping("meta_data"),
        samples_count=row.integer("samples_count"),
        variables_count=row.integer("variables_count"),
        system_prompt_id=row.ref("system_prompt_id"),
        user_prompt_id=row.ref("user_prompt_id"),
        result_template_id=row.ref("result_template_id"),
        system_prompt=row.text_or_none("system_prompt"),
        user_prompt=row.text_or_none("user_prompt"),
        result_template=row.text_or_none("result_template"),
    )


def variable(data: Any) -> shapes.RemoteVariable:
    """A variable; InvalidResponse for one without name or type."""
    row = JsonReader(data, "variable")
    return shapes.RemoteVariable(
        **_common(row),
        dataset=row.ref("dataset"),
        dataset_name=row.text("dataset_name"),
        name=row.required_text("name"),
        type=row.required_text("type"),
        required=row.boolean("required"),
        description=row.text("description"),
        choices=row.data.get("choices"),
        min_value=row.number("min_value"),
        max_value=row.number("max_value"),
        step_size=row.number("step_size"),
        min_length=row.integer("min_length"),
        max_length=row.integer("max_length"),
        default_value=row.data.get("default_value"),
    )


def sample_image(data: Any) -> shapes.RemoteSampleImage:
    """An image attached to a sample."""
    row = JsonReader(data, "sample image")
    return shapes.RemoteSampleImage(
        **_common(row),
        image_id=row.id("image_id"),
        img_path=row.address("img_path"),
        thumb=row.address("thumb"),
        text=row.text_or_none("text"),
        order=row.integer("order") or 0,
        resize=row.text_or_none("resize"),
        meta_data=row.mapping("meta_data"),
    )


def sample_object(data: Any) -> shapes.RemoteSampleObject:
    """A detection object attached to a sample."""
    row = JsonReader(data, "sample object")
    return shapes.RemoteSampleObject(
        **_common(row),
        detection_object_id=row.id("detection_object_id"),
        image_id=row.ref("image_id"),
        image_url=row.address("image_url"),
        thumb_url=row.address("thumb_url"),
        label_name=row.text("label_name"),
        label_color=row.text("label_color"),
        bbox=row.box("bbox"),
        text=row.text_or_none("text"),
        order=row.integer("order") or 0,
        meta_data=row.mapping("meta_data"),
    )


def sample(data: Any) -> shapes.RemoteSample:
    """A sample, with whatever of values, images and objects the server put into it."""
    row = JsonReader(data, "sample")
    return shapes.RemoteSample(
        **_common(row),
        dataset=row.ref("dataset"),
        dataset_name=row.text("dataset_name"),
        name=row.text_or_none("name"),
        description=row.text_or_none("description"),
        type=row.text("type") or "multi_random",  # the platform's default
        test=row.boolean("test"),
        created_text=row.created_text(),
        result_template=row.text_or_none("result_template"),
        user_prompt=row.text_or_none("user_prompt"),
        input_meta_data=row.mapping("input_meta_data"),
        meta_data=row.mapping("meta_data"),
        images_count=row.integer("images_count"),
        objects_count=row.integer("objects_count"),
        variables_count=row.integer("variables_count"),
        dataset_variables_config=row.mapping("dataset_variables_config"),
        values=read_values(row.data),
        images=_nested(row, "images", "image_id", sample_image),
        objects=_nested(row, "objects", "detection_object_id", sample_object),
    )


def _nested(
    row: JsonReader, key: str, mark: str, mapper: Callable[[Any], Shape]
) -> tuple[Shape, ...] | None:
    """Rows nested in a sample; None for anything else under that name."""
    items = row.data.get(key)
    if not isinstance(items, list) or any(not isinstance(i, dict) or mark not in i for i in items):
        return None
    return tuple(mapper(item) for item in items)


def model(data: Any) -> shapes.RemoteModel:
    """A trained version of a task."""
    row = JsonReader(data, "model")
    return shapes.RemoteModel(
        **_common(row),
        created_text=row.created_text(),
        task=row.ref("task"),
        version=row.integer("version"),
        metrics=row.mapping("metrics"),
    )


def image(data: Any) -> shapes.RemoteImage:
    """An uploaded picture."""
    row = JsonReader(data, "image")
    return shapes.RemoteImage(
        **_common(row),
        created_text=row.created_text(),
        img_path=row.address("img_path"),
        thumb_img_path=row.address("thumb_img_path"),
        width_px=row.integer("img_width"),
        height_px=row.integer("img_height"),
        test_image=row.boolean("test_image"),
        meta_data=row.mapping("meta_data"),
    )
