"""A vision-language model learns two easy variables, from the form to an archive that answers again."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample
from annotator.images.actions import store_image
from annotator.predictions import actions as predictions
from annotator.predictions.jobs import predict as predict_job
from annotator.suggestions.models import Suggestion
from annotator.training import actions, jobs
from annotator.training.models import ModelVersion, Task, TrainingRun
from annotator.training.predictions import read_predictions
from tests.factories import make_member, original_path
from tests.training.vlm.conftest import solid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]


def form_data(dataset, **parameters):
    """What the form sends: every parameter's initial value but for those given."""
    given = {"epochs": 100, "max_steps": 120, "batch_size": 8, **parameters}
    data = {f"vlm-{name}": str(value) for name, value in given.items()}
    rest = {"base": "tiny", "method": "lora", "accumulation": 1, "warmup_steps": 10, "rank": 16}
    rest |= {"dropout": 0.05, "validation_percent": 0, "patience": 0, "evaluate_epochs": 0}
    rest |= {
        "evaluate_samples": 50,
        "checkpoint_steps": 60,
        "devices": 1,
        "seed": 1,
        "compare": "on",
        "merged": "on",
        "targets": "",
    }
    data = {f"vlm-{name}": str(value) for name, value in rest.items()} | data
    return {
        "name": "Colours",
        "datasets": [str(dataset.pk)],
        "backend": "vlm",
        "max_tokens": 40,
        "auto_deploy": "on",
        **data,
    }


def test_the_small_run_learns_and_its_archive_answers_the_same_again(
    client, dataset, settings, tmp_path, training_environment
):
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    client.force_login(admin.user)

    response = client.post(reverse("training:new"), form_data(dataset))
    assert response.status_code == 302, response.content.decode()
    run = actions.start(Task.objects.get(), by=admin.user)
    jobs.train(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error) == (TrainingRun.State.SUCCEEDED, ""), run.log_tail
    losses = list(run.metrics.filter(name="loss of training").values_list("value", flat=True))
    assert len(losses) == 120
    assert losses[-1] < 0.1 * losses[0]
    version = ModelVersion.objects.get()
    assert version.metrics["answers"]["valid"] >= 0.95
    assert version.metrics["answers"]["n"] == 20
    for row in version.metrics["variables"]:
        assert row["score"] >= 0.8, row
        assert row["score"] > row["trivial"]
    check_baseline(version.metrics)
    predictions = read_predictions(version)
    assert [len(p.raw) > 10 for p in predictions] == [True] * 20
    assert all(0.3 < p.confidence["colour"] <= 1 for p in predictions)
    check_archive(Path(settings.MODELS_ROOT) / version.archive, tmp_path)
    pages = [reverse("training:run", args=[run.pk]), reverse("training:version", args=[version.pk])]
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert set(run.phase_seconds) == {"preparing", "training", "evaluating", "packaging"}
    card = json.loads((tmp_path / "archive" / "card.json").read_text())
    assert set(card["times"]["phases"]) == {"preparing", "training", "evaluating"}
    raw = {p.id: p.raw for p in predictions}
    again = answer_again(training_environment, tmp_path, dataset)
    assert again == {"adapter": raw, "merged": raw}
    assert predict(dataset, version, admin) == {"colour": "blue", "dark": False}


def check_baseline(metrics):
    """As good as the nearest neighbours, which solve solid colours; the tiny base can't beat them there."""
    neighbours = metrics["baseline"]["variables"]
    scores = {row["name"]: row["score"] for row in metrics["variables"]}
    assert neighbours.keys() == scores.keys() == {"colour", "dark"}
    assert all(scores[name] >= neighbours[name] for name in scores)


def check_archive(path, folder):
    """Everything at the root, and no path of this machine in any text; unpacked into `folder`/archive."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        archive.extractall(folder / "archive")
    wanted = {"adapter_config.json", "adapter_model.safetensors", "preprocessor_config.json"}
    wanted |= {"processor_config.json", "chat_template.jinja", "tokenizer.json", "README.md"}
    wanted |= {"metrics.json", "predictions.jsonl", "schema.json", "prompts.json", "SHA256SUMS"}
    wanted |= {"dataset_manifest.json", "training_params.json", "base/model.safetensors"}
    wanted |= {"merged/config.json", "merged/model.safetensors", "merged/preprocessor_config.json"}
    assert wanted <= names
    config = json.loads((folder / "archive" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny"
    for text in (folder / "archive").rglob("*"):
        if text.suffix in {".json", ".md", ".jsonl", ".jinja"}:
            assert str(folder) not in text.read_text(), text.name


def predict(dataset, version, admin):
    """What the product itself answers for a new picture: the suggested values by variable name."""
    image, _ = store_image(dataset.workspace, solid("blue", dark=False, seed=1000))
    create_sample(dataset, by=None, images=[image])
    prediction = predictions.start(dataset, version=version, by=admin.user)
    predict_job(str(prediction.pk))
    prediction.refresh_from_db()
    assert prediction.state == "done", prediction.error
    return {one.variable.name: one.value for one in Suggestion.objects.all()}


def answer_again(environment, folder, dataset):
    """What adapter and merged weights of the unpacked archive answer, in a process without the app."""
    samples = dataset.samples.filter(test=True).order_by("created_at", "id")
    question = dataset.user_prompt.content
    pictures = {
        str(sample.pk): {"path": str(original_path(sample.images.get())), "question": question}
        for sample in samples
    }
    (folder / "pictures.json").write_text(json.dumps(pictures))
    program = Path(__file__).with_name("answer_again.py")
    done = subprocess.run(
        [environment.python, program, folder / "archive", folder / "pictures.json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
