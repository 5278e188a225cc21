"""What ran once in the world of the journeys: a mirror, deliveries, imports, a training, a comparison."""

from django.utils import timezone

from annotator.accounts.models import Membership
from annotator.datasets.actions import set_values
from annotator.datasets.models import Origin, Sample, Variable
from annotator.disagreements.actions import compare_some, start_comparison
from annotator.disagreements.models import Comparison, Disagreement
from annotator.exports.models import ExportJob
from annotator.imports.models import AnswerImport, AnswerRefusal, ImageImport, ImportedFile
from annotator.mirror.models import MirrorRun
from annotator.notifications.actions import mark_read, notify
from annotator.predictions.models import Endpoint, Prediction
from annotator.push.models import Delivery
from annotator.snapshots.models import Snapshot
from annotator.training.models import ModelVersion, TrainingMetric, TrainingRun
from tests.factories import make_dataset, make_remote, make_task
from tests.suggestions.rows import suggest

SCORE = {"n": 12, "score": 0.83, "score_low": 0.6, "score_high": 0.95, "trivial": 0.5}
CLASSES = [
    {"class": name, "support": 4, "precision": 0.8, "recall": 0.9, "f1": 0.85}
    for name in ("Mint", "Good", "Poor")
]
METRICS = {
    "train_samples": 24,
    "test_samples": 12,
    "score": 0.83,
    "score_is": "the mean of the variables' scores",
    "variables": [
        {
            "name": "condition",
            "type": "string",
            "metric": "accuracy",
            **SCORE,
            "details": {"exact": 0.83, "macro_f1": 0.8, "classes": CLASSES},
        },
        {"name": "grade", "type": "float", "metric": "within one step", **SCORE},
    ],
}
REPORT = {"new": 6, "same": 2, "conflicts": 1, "notices": ["grade: its step of 0 was left out."]}


def mirror_run(mirrored, remote_dataset_id, admin):
    """The run that mirrored the dataset."""
    return MirrorRun.objects.create(
        source=mirrored.remote,
        remote_dataset_id=remote_dataset_id,
        remote_dataset_name=mirrored.name,
        dataset=mirrored,
        state=MirrorRun.State.DONE,
        report=REPORT,
        started_by=admin.user,
        ended_at=timezone.now(),
    )


def mirror_some(workspace, fault_remote):
    """(A dataset that came from the remote, its id there): a sample per state of a delivery."""
    grade = {"name": "grade", "type": "float", "min_value": 0, "max_value": 10}
    there = fault_remote.platform.add_dataset("Shoes", variables=[grade])
    remote = make_remote(fault_remote, workspace=workspace)
    dataset = make_dataset(workspace=workspace, name="Shoes", remote=remote, remote_key=there["id"])
    [variable] = fault_remote.platform.variables_of(there["id"])
    Variable.objects.create(dataset=dataset, remote=remote, remote_key=variable["id"], **grade)
    for _ in Delivery.State:
        row = fault_remote.platform.add_sample(there["id"], images=1, values={"grade": 3})
        Sample.objects.create(dataset=dataset, remote=remote, remote_key=row["id"])
    return dataset, there["id"]


def deliver(dataset):
    """A delivery in each state, by state."""
    variable = dataset.variables.get()
    for sample in dataset.samples.all():
        set_values(sample, {variable: 7.5}, origin=Origin.TYPED, by=None)
    deliveries = {}
    for state, value in zip(Delivery.State.values, variable.values.order_by("id"), strict=True):
        value.remote_state = {"value": 3}
        value.save()
        deliveries[state], _ = Delivery.objects.update_or_create(
            value_row=value,
            defaults={"dataset": dataset, "state": state, "want_rev": 1, **MORE_OF.get(state, {})},
        )
    return deliveries


MORE_OF = {
    "confirmed": {"have_rev": 1, "confirmed_at": timezone.now(), "read_back": True},
    "parked": {"problem": "refused", "last_error": "400: grade is not a number.", "attempts": 2},
    "conflict": {"theirs": {"is_set": True, "value": 5}},
}


def import_some(dataset, admin):
    """A finished import with a file of each fate."""
    done = ImageImport.objects.create(
        dataset=dataset,
        state=ImageImport.State.DONE,
        started_by=admin.user,
        started_at=timezone.now(),
        ended_at=timezone.now(),
    )
    for state in ImportedFile.State.values[1:]:
        refused = state == ImportedFile.State.REFUSED
        ImportedFile.objects.create(
            image_import=done,
            path=f"summer/{state}.jpg",
            state=state,
            size_bytes=120_000,
            reason="This is not a picture that can be read." if refused else "",
            sample=None if refused else dataset.samples.first(),
        )
    return done


def import_answers(dataset, admin):
    """An import of answers that was checked, with a cell that is refused."""
    columns = {"file": "images", "condition": "variable", "shop": "metadata", "size": "variable"}
    guess = {"type": "integer"}
    checked = AnswerImport.objects.create(
        dataset=dataset,
        state=AnswerImport.State.CHECKED,
        name="labels.csv",
        source_format="csv",
        reading={"encoding": "utf-8", "delimiter": ";", "decimal": ","},
        reading_choices={"encoding": ["utf-8", "cp1252"], "delimiter": [",", ";"]},
        mapping=[
            {"column": name, "role": role, "variable": name, "config": guess, "guess": guess}
            for name, role in columns.items()
        ],
        position=12,
        total=12,
        values_new=11,
        refused=1,
        started_by=admin.user,
        started_at=timezone.now(),
    )
    AnswerRefusal.objects.create(
        answer_import=checked,
        number=5,
        column="condition",
        value="Minty",
        reason="Choose one of: Mint, Good, Poor.",
        remedy="Correct the cell here or in the file.",
    )
    return checked


def train(dataset, admin):
    """A task that was trained once, whose second training goes on."""
    task = make_task(datasets=[dataset], name="Card grader", last_version=1, production_version=1)
    asked = {"task": task, "backend": "baseline", "requested_by": admin.user}
    done = TrainingRun.objects.create(
        state=TrainingRun.State.SUCCEEDED, ended_at=timezone.now(), **asked
    )
    for step in range(1, 4):
        TrainingMetric.objects.create(run=done, step=step, name="loss", value=1 / step)
    version = ModelVersion.objects.create(
        task=task, version=1, run=done, backend="baseline", metrics=METRICS, training_seconds=42
    )
    run = TrainingRun.objects.create(
        state=TrainingRun.State.TRAINING, step=3, steps=10, started_at=timezone.now(), **asked
    )
    Endpoint.objects.create(
        workspace=dataset.workspace,
        name="Vision",
        base_url="https://vlm.example/v1",
        model="vlm-7b",
    )
    prediction = Prediction.objects.create(dataset=dataset, version=version, total=12, done=3)
    export = ExportJob.objects.create(dataset=dataset, format="trl", total=12, done=3)
    snapshot = Snapshot.objects.create(dataset=dataset, name="Before the spring", samples=12)
    made = {"export": export, "snapshot": snapshot}
    return {"version": version, "run": run, "prediction": prediction, **made}


def tell(admin):
    """A notification that was read, and a new one."""
    me = Membership.objects.filter(pk=admin.pk)
    notify("training_ended", me, key="1", text="Training of Card grader: done", url="/tasks/")
    mark_read(admin)
    notify("dataset_done", me, key="2", text="Cards is done: all 12 samples.", url="/datasets/")


def disagree(dataset):
    """Another grade than the accepted one, suggested by a script; it waits for a verdict."""
    sample = dataset.samples.filter(state=Sample.State.APPROVED).first()
    suggest(sample, dataset.variables.get(name="grade"), 5, confidence=0.9)
    comparison = start_comparison(dataset, by=None)
    comparison.lease_id = Comparison.objects.filter(pk=comparison.pk).take()
    compare_some(comparison, seconds=5)
    comparison.release(state="done", ended_at=timezone.now())
    return Disagreement.objects.get(sample=sample)
