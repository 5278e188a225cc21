"""One person's way through an installation, over HTTP: `python -m tests.launch.compose_walk URL STEP STATE`.

The steps of STEPS share what they must know in the file STATE, JSON.
"""

import base64
import io
import json
import re
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

from PIL import Image

from tests.launch.form_browser import Api, Browser

PASSWORD = "Nine-lives-of-a-cat"
REVIEWER = "rita"
SAMPLES = 8
WAIT_SECONDS = 90
UUID = "[0-9a-f-]{36}"


def picture(number):
    """A small PNG in base64, each of another colour."""
    file = io.BytesIO()
    Image.new("RGB", (200, 150), (30 * number, 90, 200 - 20 * number)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def until(condition, what):
    """Wait for what the workers do; gives the condition's first true result."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {WAIT_SECONDS} seconds: {what}"
        time.sleep(1)
    return result


def signed_in(url, name="admin"):
    """A browser whose person has signed in by the form."""
    browser = Browser(url)
    browser.open("/account/login/")
    browser.submit(".*login.*|", login=name, password=PASSWORD)
    assert "Hello" in browser.page, browser.path
    return browser


def make_token(browser):
    """A new API token for the browser's current workspace."""
    browser.open("/tokens/")
    page = browser.submit("|/tokens/", name="walk", scope="manage")
    return re.search(r'id="secret-value"[^>]* value="([^"]+)"', page)[1]


def fill_platform(api):
    """A dataset of SAMPLES samples, half of them with values, by the API; gives its id."""
    template = {"name": "Card", "type": "template", "format": "json"}
    template["content"] = '{"grade": {{grade}}, "note": "{{note}}"}'
    question = {"name": "Question", "type": "user", "content": "Grade this card."}
    made = [api.call("/vlm/v2/prompt/", body)["id"] for body in (template, question)]
    prompts = dict(zip(("result_template", "user_prompt"), made, strict=True))
    dataset = api.call("/vlm/v2/dataset/", {"name": "Graded cards", **prompts})["id"]
    asked = {"grade": "integer", "note": "string"}
    variables = {
        name: api.call(
            "/vlm/v2/variable/", {"dataset": dataset, "required": True, "name": name, "type": kind}
        )["id"]
        for name, kind in asked.items()
    }
    for number in range(SAMPLES):
        image = api.call("/recognition/v2/training-image/", {"base64": picture(number)})["id"]
        body = {"dataset": dataset, "name": f"card-{number}"}
        sample = f"/vlm/v2/sample/{api.call('/vlm/v2/sample/', body)['id']}"
        api.call(f"{sample}/add-images/", {"image_ids": [image]})
        values = {"grade": number, "note": "Given."} if number >= SAMPLES // 2 else {}
        for name, value in values.items():
            given = {"dataset_variable": variables[name], "value": value}
            api.call(f"{sample}/add-variable-value/", given)
        if number == SAMPLES - 1:
            api.call(f"{sample}/set-test/", {})
    return dataset


def values_on_platform(state, name):
    """The values that the other workspace has of a sample, by variable."""
    answer = Api(state["url"], state["token"]).call(f"/vlm/v2/sample/?search={name}&include=values")
    [row] = answer["results"]
    return {item["variable_name"]: item["value"] for item in row["sample_variables"]}


def begin(state):
    """Two workspaces; the first mirrors the other's dataset, labels, reviews, pushes and trains."""
    browser = signed_in(state["url"])
    browser.open("/workspace/new/")
    browser.submit("|/workspace/new/", name="Platform")
    state["workspace"] = re.search(r'name="workspace" value="([^"]+)">', browser.page)[1]
    state["token"] = make_token(browser)
    state["dataset"] = fill_platform(Api(state["url"], state["token"]))
    browser.submit("/workspace/", workspace=state["workspace"])
    invite_reviewer(browser, state)
    mirror(browser, state)
    label_and_approve(browser, state, grade=9)
    train(browser)


def invite_reviewer(browser, state):
    """Somebody else joins by a link: nobody reviews their own work."""
    browser.open("/team/")
    link = re.search(
        r'id="secret-value"[^>]* value="([^"]+)"', browser.submit("/team/", role="reviewer")
    )[1]
    guest = Browser(state["url"])
    guest.open(urllib.parse.urlsplit(link).path)
    guest.submit("|/join/.*", full_name="Rita", username=REVIEWER, password=PASSWORD)


def mirror(browser, state):
    """Connect this server's other workspace by the network of the containers; mirror its dataset."""
    browser.open("/remotes/new/")
    remote = {"name": "Platform", "base_url": "http://web:8000", "token": state["token"]}
    browser.submit("|/remotes/new/", **remote)
    browser.open("/remotes/")
    browser.open(browser.address(f"/mirror/remote/{UUID}/"))
    browser.open(browser.address(f"/mirror/remote/{UUID}/{state['dataset']}/"))
    browser.submit(".*/start/", name="Graded cards")
    run = browser.path
    until(lambda: is_done(browser.open(run)), "the mirror run is done")


def is_done(page):
    """Whether a page of a run has the badge Done."""
    return re.search(r"class=\"badge[^>]*>(?:\s|<svg.*?</svg>)*Done", page, re.S)


def label_and_approve(browser, state, *, grade):
    """Label the next sample, approve it, and wait until its values are on the other side."""
    browser.open("/label/")
    page = browser.submit("/label/.*/next/")
    name = re.search(r"<h1[^>]*>.*?(card-\d)", page, re.S)[1]
    keys = re.findall(r'name="rev-([^"]+)"', page)
    values = {"grade": grade, "note": f"Seen: {name}."}
    given = dict(zip([f"v-{key}" for key in keys], values.values(), strict=True))
    browser.submit(f"/label/sample/{UUID}/submit/", **given)
    reviewer = signed_in(state["url"], REVIEWER)
    reviewer.open("/review/")
    reviewer.submit(f"/review/sample/{UUID}/approve/")
    state.setdefault("labelled", {})[name] = values
    check(state)


def check(state):
    """Everything that was approved is on the other side."""
    for name, values in state["labelled"].items():
        until(
            lambda name=name, values=values: values_on_platform(state, name) == values,
            f"the other side has {values} for {name}",
        )


def train(browser):
    """Train the baseline once; gives when its first version is there."""
    browser.open("/tasks/new/")
    dataset = re.search(rf'name="datasets" value="({UUID})"', browser.page)[1]
    browser.submit("|/tasks/new/", name="Card grader", datasets=dataset)
    browser.submit("/tasks/.*/train/")
    run = browser.path
    until(lambda: re.search(r"/tasks/versions/", browser.open(run)), "the first version")


def go_on(state):
    """Sign in, find everything that was there, and label, approve and push one more."""
    browser = signed_in(state["url"])
    browser.submit("/workspace/", workspace=state["workspace"])
    check(state)
    label_and_approve(browser, state, grade=7)
    browser.open("/tasks/")
    assert "Card grader" in browser.page
    images = Api(state["url"], state["token"]).call("/recognition/v2/training-image/")["results"]
    assert len(images) == SAMPLES
    headers = {"Authorization": f"Token {state['token']}"}
    for row in images:
        path = urllib.parse.urlsplit(row["img_path"]).path
        request = urllib.request.Request(state["url"] + path, headers=headers)
        with urllib.request.urlopen(request) as response:
            assert response.read().startswith(b"\x89PNG"), path


STEPS = {"begin": begin, "go-on": go_on}

if __name__ == "__main__":
    url, step, file = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    known = json.loads(file.read_text()) if file.exists() else {}
    known["url"] = url
    try:
        STEPS[step](known)
    finally:
        file.write_text(json.dumps(known))
