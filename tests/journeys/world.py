"""One workspace in which everything has happened once, so that every screen has something to show."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from annotator.accounts.actions import invite, rename_workspace
from annotator.accounts.models import Role, Scope
from annotator.annotation.actions import open_answer, skip, submit
from annotator.datasets.actions import add_objects, create_sample, create_variable, set_values
from annotator.datasets.models import Dataset, Origin, Sample, Variable
from annotator.imports.models import ImageImport, ImportedFile
from annotator.mirror.models import MirrorRun
from annotator.predictions.models import Endpoint, Prediction
from annotator.push.models import Delivery
from annotator.review.actions import approve, return_answer
from annotator.review.models import Acceptance
from annotator.training.models import ModelVersion, TrainingMetric, TrainingRun
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_object,
    make_prompt,
    make_remote,
    make_task,
    make_token,
    make_user,
    make_workspace,
)

TEMPLATE = """{"condition": "{{condition}}", "grade": {{grade}}, "spots": {{spots}},
 "genuine": {{genuine}}, "flaws": {{flaws}}, "seller": {{seller}}, "note": "{{note}}"}"""
ASKED = [
    {"name": "condition", "type": "string", "choices": ["Mint", "Good", "Poor"], "required": True},
    {"name": "grade", "type": "float", "min_value": 0, "max_value": 10, "step_size": 0.5},
    {"name": "spots", "type": "integer", "min_value": 0, "description": "Both sides together."},
    {"name": "genuine", "type": "boolean", "default_value": True},
    {"name": "flaws", "type": "array", "max_length": 5, "item_schema": {"type": "string"}},
    {"name": "seller", "type": "object", "item_schema": [{"name": "city", "type": "string"}]},
    {"name": "note", "type": "string", "max_length": 400},
]
VALUES = {
    "condition": "Good",
    "grade": 7.5,
    "spots": 3,
    "genuine": True,
    "flaws": ["bent corner", "scratch"],
    "seller": {"city": "Brno"},
    "note": "Printed slightly off-centre.",
}
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


@dataclass
class World:
    """The people, and one row of each kind."""

    admin: Any
    reviewer: Any
    annotator: Any
    secret: str  # of the link of an invitation
    dataset: Dataset
    answer: Any  # awaits its review
    mirrored: Dataset
    remote_dataset_id: str
    deliveries: dict[str, Delivery]
    mirror_run: MirrorRun
    image_import: ImageImport
    version: ModelVersion
    run: TrainingRun
    prediction: Prediction
    acceptance: Acceptance

    @property
    def workspace(self):
        return self.dataset.workspace

    @property
    def open_sample(self):
        """The oldest that waits to be labelled."""
        return self.dataset.samples.filter(state=Sample.State.UNLABELED).first()


def make_world(fault_remote):
    """All of it; the remote answers at the address of `fault_remote`."""
    workspace = make_workspace(name="Studio")
    people = {
        role: make_member(role, workspace=workspace, user=make_user(username=name))
        for role, name in zip(Role, ["anna", "rita", "ada"], strict=True)
    }
    admin = people[Role.ADMIN]
    dataset = make_cards(workspace)
    answer = answer_some(dataset, people[Role.ANNOTATOR], people[Role.REVIEWER])
    mirrored, remote_dataset_id = mirror_some(workspace, fault_remote)
    return World(
        admin=admin,
        reviewer=people[Role.REVIEWER],
        annotator=people[Role.ANNOTATOR],
        secret=keep_house(workspace, admin),
        dataset=dataset,
        answer=answer,
        mirrored=mirrored,
        remote_dataset_id=remote_dataset_id,
        deliveries=deliver(mirrored),
        mirror_run=MirrorRun.objects.create(
            source=mirrored.remote,
            remote_dataset_id=remote_dataset_id,
            remote_dataset_name=mirrored.name,
            dataset=mirrored,
            state=MirrorRun.State.DONE,
            report=REPORT,
            started_by=admin.user,
            ended_at=timezone.now(),
        ),
        image_import=import_some(dataset, admin),
        acceptance=Acceptance.objects.create(
            dataset=dataset, filter="s.grade=1", mode="review", state="done", started_by=admin.user
        ),
        **train(dataset, admin),
    )


def make_cards(workspace):
    """A dataset that asks for each of the six types, with its three prompts."""
    prompts = {
        "system_prompt": make_prompt(
            workspace=workspace, type="system", name="Expert", content="You grade cards."
        ),
        "user_prompt": make_prompt(
            workspace=workspace, name="Question", content="Grade this {{kind}}."
        ),
        "result_template": make_prompt(
            workspace=workspace, type="template", name="Card", format="json", content=TEMPLATE
        ),
    }
    dataset = make_dataset(
        workspace=workspace,
        name="Graded cards",
        description="Trading cards, front and back.",
        default_input_meta_data={"kind": "card"},
        **prompts,
    )
    for position, config in enumerate(ASKED):
        create_variable(dataset, by=None, position=position, **config)
    return dataset


def answer_some(dataset, annotator, reviewer):
    """Samples in every state; returns the answer that awaits its review."""
    values = {v: VALUES[v.name] for v in dataset.variables.live()}
    samples = [make_card(dataset, number) for number in range(10)]
    answers = [open_answer(sample, by=annotator.user) for sample in samples[:5]]
    for answer in answers[:4]:
        submit(answer, values, by=annotator.user)
        answer.refresh_from_db()
    approve(answers[0], by=reviewer.user, seen_rev=answers[0].rev)
    return_answer(
        answers[1],
        by=reviewer.user,
        seen_rev=answers[1].rev,
        reason="Look at the lower edge again.",
        variable=dataset.variables.get(name="grade"),
    )
    skip(answers[4], reason="Too blurred.", by=annotator.user)
    for sample in samples[5:8]:
        set_values(sample, values, origin=Origin.IMPORTED, by=None)
    return answers[2]


def make_card(dataset, number):
    """A sample with two pictures and a box on the first; every fifth is a test sample."""
    images = [make_image(dataset.workspace, width=320, height=240) for _ in range(2)]
    sample = create_sample(
        dataset, by=None, name=f"card-{number:02}", images=images, test=number % 5 == 0
    )
    add_objects(sample, [make_object(images[0])], by=None)
    return sample


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
    found = {}
    for state, value in zip(Delivery.State.values, variable.values.order_by("id"), strict=True):
        value.remote_state = {"value": 3}
        value.save()
        found[state], _ = Delivery.objects.update_or_create(
            value_row=value,
            defaults={"dataset": dataset, "state": state, "want_rev": 1, **MORE_OF.get(state, {})},
        )
    return found


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
    return {"version": version, "run": run, "prediction": prediction}


def keep_house(workspace, admin):
    """An invitation, tokens and the audit lines that they leave; returns the invitation's secret."""
    _, secret = invite(workspace, role=Role.REVIEWER, by=admin.user, email="ben@example.com")
    make_token(admin)
    make_token(admin, scope=Scope.READ, expires_at=timezone.now())
    rename_workspace(workspace, name="The studio", by=admin.user)
    return secret


def arguments(world):
    """The URL arguments by name, or by "namespace:name" where that differs."""
    task = world.version.task
    return {
        "membership_id": world.annotator.pk,
        "invitation_id": world.workspace.invitations.first().pk,
        "token_id": world.admin.user.api_tokens.first().pk,
        "secret": world.secret,
        "dataset_id": world.dataset.pk,
        "sample_id": world.answer.sample_id,
        "annotation:sample_id": world.open_sample.pk,
        "variable_id": world.dataset.variables.first().pk,
        "prompt_id": world.dataset.user_prompt_id,
        "datasets:name": "user",
        "answer_id": world.answer.pk,
        "remote_id": world.mirrored.remote_id,
        "remote_dataset_id": world.remote_dataset_id,
        "mirror:run_id": world.mirror_run.pk,
        "delivery_id": world.deliveries["conflict"].pk,
        "import_id": world.image_import.pk,
        "task_id": task.pk,
        "training:run_id": world.run.pk,
        "version_id": world.version.pk,
        "prediction_id": world.prediction.pk,
        "endpoint_id": world.workspace.endpoints.get().pk,
        "acceptance_id": world.acceptance.pk,
    }
