"""Datasets of every shape, and their exports unpacked."""

import io
import json
import re
import subprocess
import sys
import textwrap
import zipfile
from importlib.util import find_spec

from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.exports.formats import FORMATS
from annotator.images.actions import store_image
from annotator.images.models import DetectionLabel, DetectionObject
from tests.factories import make_dataset, make_prompt, make_variable, make_workspace
from tests.pictures import picture

NASTY = 'Light "wear", {{grade}}\nand a \\ – 漢字 {% x %}\u2028end'
VALUES = {
    "grade": 8.5,
    "count": 3,
    "kind": "a & b",
    "note": NASTY,
    "sharp": False,
    "flaws": [{"where": "=top"}, {"where": "left"}],
    "box": {"width": 2, "label": "x"},
}
TEMPLATES = {
    "json": '{"grade": {{grade}}, "note": "{{note}}"}',
    "yaml": "grade: {{grade}}\nnote: {{note}}",
    "xml": "<card><grade>{{grade}}</grade><note>{{note}}</note></card>",
    "": "Grade {{grade}}: {{kind}}.",
}


def make_shape(*, answer_format=None):
    """A dataset with all six types of variables, of one answer format, or of none (plain JSON)."""
    workspace = make_workspace()
    user = make_prompt(workspace=workspace, content="Grade this {{kind_of_card}}.")
    system = make_prompt(workspace=workspace, type="system", content="You grade cards.")
    template = None
    if answer_format:
        template = make_prompt(
            workspace=workspace,
            type="template",
            format=answer_format,
            content=TEMPLATES[answer_format],
        )
    dataset = make_dataset(
        workspace=workspace, result_template=template, user_prompt=user, system_prompt=system
    )
    make_variable(dataset=dataset, name="grade", type="float", min_value=0, max_value=10)
    make_variable(dataset=dataset, name="count", type="integer", required=False)
    make_variable(dataset=dataset, name="kind", type="string", choices=["a & b", "=1+1"])
    make_variable(dataset=dataset, name="note", type="string", required=False)
    make_variable(dataset=dataset, name="sharp", type="boolean", required=False)
    inner = [{"name": "where", "type": "string"}]
    make_variable(dataset=dataset, name="flaws", type="array", item_schema=inner)
    inner = [{"name": "width", "type": "integer"}, {"name": "label", "type": "string"}]
    make_variable(dataset=dataset, name="box", type="object", item_schema=inner)
    return dataset


def add_sample(dataset, *, pictures=1, values=VALUES, boxes=0, **fields):
    """A labelled sample; each picture is a new one."""
    seed = 100 * dataset.samples.count()
    images = [
        store_image(dataset.workspace, picture(seed=seed + n), name=f"dir/{seed + n}.jpg")[0]
        for n in range(pictures)
    ]
    for number in range(boxes):
        label, _ = DetectionLabel.objects.get_or_create(
            workspace=dataset.workspace, name=f"label {number}"
        )
        DetectionObject.objects.create(
            image=images[0], label=label, xmin=1, ymin=2, xmax=5 + number, ymax=8
        )
    sample = create_sample(
        dataset, by=None, images=images, input_meta_data={"kind_of_card": "card"}, **fields
    )
    named = {variable.name: variable for variable in dataset.variables.all()}
    given = {named[name]: value for name, value in values.items()}
    set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return sample


def make_graded():
    """A dataset of a grade and its explanation, with prompts and a template."""
    workspace = make_workspace()
    template = make_prompt(
        workspace=workspace,
        type="template",
        format="json",
        content='{"grade": {{grade}}, "explain": "{{explain}}"}',
    )
    user = make_prompt(workspace=workspace, content="Grade this {{kind}}.")
    system = make_prompt(workspace=workspace, type="system", content="You grade cards.")
    dataset = make_dataset(
        workspace=workspace, result_template=template, user_prompt=user, system_prompt=system
    )
    make_variable(dataset=dataset, name="grade", required=True, step_size=0.5)
    make_variable(dataset=dataset, name="explain", type="string")
    return dataset


def labelled(dataset, *, number, grade=8.5, explain=NASTY, **fields):
    """A sample of `make_graded`, with one picture."""
    image, _ = store_image(dataset.workspace, picture(seed=number))
    sample = create_sample(
        dataset, by=None, images=[image], input_meta_data={"kind": "card"}, **fields
    )
    named = {variable.name: variable for variable in dataset.variables.all()}
    given = {named["grade"]: grade, named["explain"]: explain}
    set_values(sample, given, origin=Origin.IMPORTED, by=None)
    return sample


def unzip(export):
    """Its archive."""
    return zipfile.ZipFile(io.BytesIO(b"".join(export.stream())))


def exported(name, dataset):
    """The archive of the format of this name."""
    export = FORMATS[name](dataset)
    return zipfile.ZipFile(io.BytesIO(b"".join(export.stream())))


def records(name, archive, split="train"):
    """A split's records out of an archive."""
    with archive:
        if f"{split}.json" in archive.namelist():
            return json.loads(archive.read(f"{split}.json"))
        return [json.loads(line) for line in archive.read(f"{split}.jsonl").decode().splitlines()]


def snippets(readme):
    """The indented blocks of code of a README, without its front matter."""
    readme = re.sub(r"\A---\n.*?\n---\n", "", readme, flags=re.DOTALL)
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", readme, re.MULTILINE)
    return [textwrap.dedent(block).strip() for block in blocks if block.strip()]


def run_snippets(folder, python=sys.executable):
    """Run the code of the folder's README, each part alone; the number of parts that were run.

    Parts that need a package which isn't installed beside `sys.executable` are passed over.
    """
    ran = 0
    for snippet in snippets((folder / "README.md").read_text()):
        needed = re.findall(r"^(?:from|import) (\w+)", snippet, re.MULTILINE)
        if python == sys.executable and not all(map(find_spec, needed)):
            continue
        run = subprocess.run(
            [python, "-c", snippet], cwd=folder, capture_output=True, text=True, timeout=300
        )
        assert run.returncode == 0, run.stderr
        ran += 1
    return ran
