"""The platform vendor's published scripts download a version of ours and run it, unchanged.

Slow, and skipped without the scripts: VLM_SCRIPTS is the folder `transformers` of a checkout of
Ximilar-com/vlm-scripts that has scripts/download_model.py. Qwen3-VL and LFM2-VL need the extra vision.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from annotator.accounts.actions import create_token
from annotator.accounts.models import Role
from annotator.training import actions, jobs
from annotator.training.models import ModelVersion, TrainingRun
from annotator.training.predictions import read_predictions
from tests.factories import make_member, original_path
from tests.training.vlm.test_trials import make_base, needs, task_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders"),
]
SCRIPTS = Path(os.environ.get("VLM_SCRIPTS", "scripts-not-given"))
SHOWN = 1  # test samples: each start of a script takes seconds


@pytest.mark.parametrize(
    ("family", "script", "method"),
    [
        ("gemma3", "google/gemma-3-4b-it", "lora"),
        ("gemma3", "google/gemma-3-4b-it", "full"),
        ("qwen3_vl", "Qwen/Qwen3-VL-2B-Instruct", "lora"),
        ("qwen3_vl", "Qwen/Qwen3-VL-2B-Instruct", "full"),
        ("lfm2_vl", "LiquidAI/LFM2-VL-450M", "lora"),
        ("lfm2_vl", "LiquidAI/LFM2-VL-450M", "full"),
    ],
)
def test_the_vendors_scripts_answer_as_the_version_did(
    dataset, settings, training_environment, live_server, tmp_path, family, script, method
):
    """They take an adapter's base from the hub by its name: here a folder of that name stands for it."""
    if not (SCRIPTS / "scripts" / "download_model.py").exists():
        pytest.skip("VLM_SCRIPTS is not set to the vendor's scripts.")
    needs(training_environment, family)
    make_base(training_environment, family, settings.BASE_MODELS_DIR / family)
    params = {"base": family, "method": method, "max_steps": 60, "vision": True, "merged": True}
    run = actions.start(task_of(dataset, **params, precision="float32"), by=None)
    jobs.train(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    (tmp_path / script).parent.mkdir(parents=True)
    (tmp_path / script).symlink_to(settings.BASE_MODELS_DIR / family)
    version = ModelVersion.objects.get()
    python = training_environment.python

    folder = download(python, live_server, version, tmp_path / "model")

    samples = {str(sample.pk): sample for sample in dataset.samples.filter(test=True)}
    for prediction in read_predictions(version)[:SHOWN]:
        image = original_path(samples[prediction.id].images.get())
        for form in [folder, *([folder / "merged"] if method == "lora" else [])]:
            question = dataset.user_prompt.content
            answer = run_script(python, script, form, image, question, cwd=tmp_path)
            assert answer == prediction.raw, form


def download(python, server, version, folder):
    """The folder that the vendor's script for downloads made of the version's archive."""
    admin = make_member(Role.ADMIN, workspace=version.task.workspace)
    _, token = create_token(admin, name="scripts")
    program = SCRIPTS / "scripts" / "download_model.py"
    done = subprocess.run(
        [python, program, "--model-uuid", str(version.pk), "--output-path", folder],
        env={
            **os.environ,
            "XIMILAR_API_TOKEN": token,
            "XIMILAR_API_URL": f"{server.url}/vlm/v2",
            "TMPDIR": str(folder.parent),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def run_script(python, script, model, image, question, *, cwd):
    """What the vendor's script for this model writes below "Output:"."""
    program = SCRIPTS / "models" / script.partition("/")[2] / "run.py"
    done = subprocess.run(
        [
            *(python, program, "--model_path", model, "--images", image),
            *("--user_prompt", question, "--max_tokens", "40", "--temperature", "0"),
            *("--device", "cpu", "--dtype", "float32"),
        ],
        cwd=cwd,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    return re.split(r"Output:\S*\n", done.stdout.decode(), maxsplit=1)[1].strip()
