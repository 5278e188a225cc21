"""Every `curl` of the platform's page, sent as it stands there to the live server."""

import json
import shlex
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from annotator.accounts.models import Role
from annotator.datasets import actions
from annotator.datasets.models import Origin
from annotator.training.actions import create_task
from tests.api.tenants import Tenant
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_token,
    make_variable,
)

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = (Path(__file__).parent / "data" / "platform_calls.txt").read_text().split("\n\n")
EXAMPLES = Path(__file__).parent.parent / "data" / "platform"
CLOUD = "https://api.ximilar.com"
# What the page says of the answer: the file with its example, or None where it says nothing of a body.
# A list without an example of its own has rows with the fields of the row alone, in brackets here.
DOCUMENTED = {
    "GET /vlm/v2/prompt/": "prompt_list",
    "GET /vlm/v2/prompt/__PROMPT_ID__/": "prompt",
    "POST /vlm/v2/prompt/": "prompt",
    "PATCH /vlm/v2/prompt/__PROMPT_ID__/": "prompt",
    "DELETE /vlm/v2/prompt/__PROMPT_ID__/": None,
    "GET /vlm/v2/task/": ["task"],
    "GET /vlm/v2/task/__TASK_ID__/": "task",
    "POST /vlm/v2/task/__TASK_ID__/train/": None,
    "POST /vlm/v2/task/__TASK_ID__/add-dataset/": None,
    "POST /vlm/v2/task/__TASK_ID__/remove-dataset/": None,
    "GET /vlm/v2/dataset/": ["dataset"],
    "GET /vlm/v2/dataset/__DATASET_ID__/": "dataset",
    "GET /vlm/v2/variable/?dataset=__DATASET_ID__": "variable_list",
    "GET /vlm/v2/variable/__VARIABLE_ID__/": "variable",
    "POST /vlm/v2/variable/": "variable",
    "GET /vlm/v2/sample/?dataset=__DATASET_ID__": ["sample"],
    "GET /vlm/v2/sample/__SAMPLE_ID__/": "sample",
    "POST /vlm/v2/sample/": "sample",
    "PATCH /vlm/v2/sample/__SAMPLE_ID__/": "sample",
    "POST /vlm/v2/sample/__SAMPLE_ID__/add-images/": None,
    "POST /vlm/v2/sample/__SAMPLE_ID__/add-objects/": "add_objects",
    "POST /vlm/v2/sample/__SAMPLE_ID__/remove-objects/": "remove_objects",
    "GET /vlm/v2/sample/__SAMPLE_ID__/sample-images/": "sample_images",
    "GET /vlm/v2/sample/__SAMPLE_ID__/sample-objects/": "sample_objects",
    "POST /vlm/v2/sample/__SAMPLE_ID__/set-test/": None,
    "POST /vlm/v2/sample/__SAMPLE_ID__/set-untest/": None,
    "POST /vlm/v2/sample/__SAMPLE_ID__/add-variable-value/": None,
}
# Shown by a sample alone, and not in lists (R-P4 is the same for prompts).
ALONE = {"dataset_variables_config"}
FREE = {"meta_data", "input_meta_data", "default_input_meta_data", "dataset_variables_config"}
EXPECTED = {"POST": 201, "DELETE": 204}
LIMITS = {"min_value", "max_value", "step_size"}  # absent where a variable has none


def read(curl):
    """(method, path, headers, body) of one command."""
    words = iter(shlex.split(curl.replace("\\\n", " "))[1:])
    method, headers, body, url = "GET", {}, None, ""
    for word in words:
        if word.startswith("-X"):
            method = word[2:]
        elif word == "-H":
            name, value = next(words).split(": ", 1)
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-v":
            url = word
    return method, url.removeprefix(CLOUD), headers, body


def make_tenant():
    """Rows for every placeholder, with which each call makes sense."""
    member = make_member(Role.ADMIN)
    workspace = member.workspace
    prompt = make_prompt(workspace=workspace)
    dataset = make_dataset(workspace=workspace, user_prompt=prompt)
    grade = make_variable(dataset=dataset, name="grade", max_value=10, step_size=0.5)
    images = [make_image(workspace) for _ in range(4)]
    samples = [make_sample(dataset=dataset, test=number == 1) for number in range(4)]
    for sample, image in zip(samples, images, strict=True):
        actions.add_images(sample, [image], by=None)
        actions.set_value(sample, grade, 5.0, origin=Origin.TYPED, by=None)
    things = [make_object(images[0], label=make_label(workspace)) for _ in range(3)]
    actions.add_objects(samples[0], things[2:], by=None)
    task = create_task(workspace, by=None, name="task", datasets=[dataset])
    names = {
        "PROMPT_ID": prompt,
        "TASK_ID": task,
        "DATASET_ID": dataset,
        "VARIABLE_ID": grade,
        "SAMPLE_ID": samples[0],
        "IMAGE_ID_1": images[1],
        "IMAGE_ID_2": images[2],
        "OBJECT_ID_1": things[0],
        "OBJECT_ID_2": things[1],
    }
    return Tenant(member, names)


def filled(text, tenant, token):
    for name, row in tenant.rows.items():
        text = text.replace(f"__{name}__", str(row.pk))
    text = text.replace("WORKSPACE_ID", str(tenant.member.workspace_id))
    return text.replace("__API_TOKEN__", token)


def send(server, method, path, headers, body):
    request = urllib.request.Request(
        server + path, method=method, headers=headers, data=body.encode() if body else None
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            content = answer.read()
            return answer.status, json.loads(content) if content else None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize("slash", [True, False], ids=["with slash", "without"])
def test_every_call_of_the_page_answers_with_the_documented_fields(live_server, slash):
    assert len(CALLS) == 29
    seen = set()
    for curl in CALLS:
        tenant = make_tenant()
        token = make_token(tenant.member)
        method, path, headers, body = read(curl)
        address = path if slash else path.replace("/?", "?").rstrip("/")

        status, answer = send(
            live_server.url,
            method,
            filled(address, tenant, token),
            {name: filled(value, tenant, token) for name, value in headers.items()},
            filled(body, tenant, token) if body else None,
        )

        assert status == EXPECTED.get(method, 200) or status == 200, (curl, answer)
        documented = DOCUMENTED[f"{method} {path}"]
        if method == "DELETE":
            assert (status, answer) == (204, None)
        elif isinstance(documented, list):
            theirs = page_of(example(documented[0]))
            assert_is_like(answer, theirs, without=ALONE | LIMITS)
        elif documented:
            assert_is_like(answer, example(documented), without=LIMITS)
        else:
            assert isinstance(answer, dict), curl
        seen.add(f"{method} {path}")
    assert seen == set(DOCUMENTED)


def example(name):
    if name == "variable":
        return example("variable_list")["results"][0]
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def page_of(row):
    return {"count": 1, "next": None, "previous": None, "results": [row]}


def assert_is_like(ours, theirs, *, without, where="answer"):
    """Every field of theirs is in ours, with a value of the same kind; null stands for any kind."""
    if theirs is None or ours is None:
        return
    if isinstance(theirs, bool) or not isinstance(theirs, int | float):
        assert type(ours) is type(theirs), where
    else:
        assert isinstance(ours, int | float), where
        assert not isinstance(ours, bool), where
    if isinstance(theirs, list):
        assert ours or not theirs, where
        for row in ours:
            assert_is_like(row, theirs[0], without=without, where=f"{where}[]")
    elif isinstance(theirs, dict) and where.rsplit(".", 1)[-1] not in FREE:
        assert set(theirs) - without <= set(ours), where
        for name in set(theirs) & set(ours):
            assert_is_like(ours[name], theirs[name], without=without, where=f"{where}.{name}")
