"""What the documentation shows is so: every operation has its example, and each fits its shape."""

import jsonschema
import pytest

from annotator.api.documentation.reference import METHODS, document, sections
from annotator.api.documentation.responses import RESPONSE_EXAMPLES
from annotator.datasets.models import Variable
from tests.api.tenants import make_tenant

OPERATIONS = {
    operation["operationId"]: operation
    for path in document()["paths"].values()
    for method, operation in path.items()
    if method in METHODS
}


def as_json_schema(schema):
    """OpenAPI 3.0 in JSON Schema: references within the document, and `nullable`."""
    if isinstance(schema, list):
        return [as_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    translated = {key: as_json_schema(value) for key, value in schema.items() if key != "example"}
    if schema.get("nullable") is True:
        return {"anyOf": [translated, {"type": "null"}]}
    return translated


SCHEMAS = {"components": as_json_schema(document()["components"])}


def check(value, schema):
    jsonschema.Draft202012Validator(
        {**as_json_schema(schema), **SCHEMAS},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    ).validate(value)


def shown(content):
    """(value, schema) of each example."""
    return [(e["value"], content["schema"]) for e in content.get("examples", {}).values()]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_and_every_error_has_an_example_that_fits(name):
    for code, response in OPERATIONS[name]["responses"].items():
        content = response.get("content", {}).get("application/json")
        if content is None:
            assert code in {"204", "304"}
            continue
        examples = shown(content)
        assert examples, (name, code)
        for value, schema in examples:
            check(value, schema)
            assert code < "400" or value["detail"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_has_an_example_that_fits(name):
    body = OPERATIONS[name].get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return

    examples = shown(body)

    assert examples
    for value, schema in examples:
        check(value, schema)


KINDS = {
    "prompt": "vlm/v2/prompt",
    "task": "vlm/v2/task",
    "dataset": "vlm/v2/dataset",
    "variable": "vlm/v2/variable",
    "sample": "vlm/v2/sample",
    "sampleimage": "vlm/v2/sample-image",
    "sampleobject": "vlm/v2/sample-object",
    "model": "vlm/v2/model",
    "run": "vlm/v2/run",
    "export": "vlm/v2/export",
    "snapshot": "vlm/v2/snapshot",
    "image": "recognition/v2/training-image",
    "label": "detection/v2/label",
    "object": "detection/v2/object",
}
NAMES = {"sampleimage": "sample_image", "sampleobject": "sample_object", "image": "training_image"}


@pytest.mark.django_db
def test_the_examples_have_exactly_the_fields_of_real_answers(api, admin):
    tenant = make_tenant(admin)
    limits = {"min_value", "max_value", "step_size"}  # a variable shows those that it was given
    Variable.objects.update(description="In halves.")

    for kind, path in KINDS.items():
        name = NAMES.get(kind, kind)
        row = api.get(f"/{path}/{tenant.rows[kind].pk}/").json()
        assert set(RESPONSE_EXAMPLES[f"{name}_retrieve"]) - limits == set(row), kind
        if kind not in {"sampleimage", "sampleobject"}:
            listed = api.get(f"/{path}/").json()["results"][0]
            assert set(RESPONSE_EXAMPLES[f"{name}_list"]["results"][0]) - limits == set(listed), (
                kind
            )
    assert set(RESPONSE_EXAMPLES["user_me"]) == set(api.get("/account/v2/user/").json())
    workspaces = api.get("/account/v2/workspace/").json()["results"]
    assert set(RESPONSE_EXAMPLES["workspace_list"]["results"][0]) == set(workspaces[0])


def test_the_reference_page_shows_them():
    for section in sections():
        for operation in section.operations:
            assert operation.response_example or operation.method == "DELETE", operation.id
            assert operation.error_example, operation.id
