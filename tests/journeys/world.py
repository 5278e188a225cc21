"""One workspace in which everything has happened once, so that every screen has something to show."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from annotator.accounts.actions import invite, rename_workspace
from annotator.accounts.models import Role, Scope
from annotator.assignments.models import Distribution
from annotator.comments.models import Comment
from annotator.datasets.models import Dataset, Sample, ValueRevision
from annotator.disagreements.models import Disagreement
from annotator.exports.models import ExportJob
from annotator.imports.models import AnswerImport, ImageImport
from annotator.mirror.models import MirrorRun
from annotator.notifications.models import Notification
from annotator.predictions.models import Prediction
from annotator.push.models import Delivery
from annotator.review.models import Acceptance
from annotator.snapshots.models import Snapshot
from annotator.training.models import ModelVersion, TrainingRun
from tests.factories import (
    make_member,
    make_token,
    make_user,
    make_workspace,
)
from tests.journeys.world_cards import answer_some, assign_some, make_cards, talk_about
from tests.journeys.world_jobs import (
    deliver,
    disagree,
    import_answers,
    import_some,
    mirror_run,
    mirror_some,
    tell,
    train,
)


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
    answer_import: AnswerImport
    version: ModelVersion
    run: TrainingRun
    prediction: Prediction
    export: ExportJob
    snapshot: Snapshot
    acceptance: Acceptance
    disagreement: Disagreement
    distribution: Distribution
    comment: Comment

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
    dataset = make_cards(workspace, admin)
    answer = answer_some(dataset, people[Role.ANNOTATOR], people[Role.REVIEWER])
    mirrored, remote_dataset_id = mirror_some(workspace, fault_remote)
    tell(admin)
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
        mirror_run=mirror_run(mirrored, remote_dataset_id, admin),
        image_import=import_some(dataset, admin),
        answer_import=import_answers(dataset, admin),
        acceptance=Acceptance.objects.create(
            dataset=dataset, filter="s.grade=1", mode="review", state="done", started_by=admin.user
        ),
        disagreement=disagree(dataset),
        distribution=assign_some(dataset, admin),
        comment=talk_about(answer, people),
        **train(dataset, admin),
    )


def keep_house(workspace, admin):
    """An invitation, tokens and the audit lines that they leave; returns the invitation's secret."""
    _, secret = invite(workspace, role=Role.REVIEWER, by=admin.user, email="ben@example.com")
    make_token(admin)
    make_token(admin, scope=Scope.READ, expires_at=timezone.now())
    rename_workspace(workspace, name="The studio", by=admin.user)
    return secret


def arguments(world):
    """The URL arguments by name, or by "namespace:name" where that differs."""
    return {
        "membership_id": world.annotator.pk,
        "invitation_id": world.workspace.invitations.first().pk,
        "user_id": world.annotator.user_id,
        "token_id": world.admin.user.api_tokens.first().pk,
        "secret": world.secret,
        "notification_id": Notification.objects.filter(recipient=world.admin.user_id).first().pk,
        "dataset_id": world.dataset.pk,
        "gold:user_id": world.annotator.user_id,
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
        "answer_import_id": world.answer_import.pk,
        **later_arguments(world),
    }


def later_arguments(world):
    """Those of what is made of answered samples."""
    changes = ValueRevision.objects.filter(value_row__sample__dataset=world.dataset)
    return {
        "task_id": world.version.task.pk,
        "training:run_id": world.run.pk,
        "version_id": world.version.pk,
        "prediction_id": world.prediction.pk,
        "exports:job_id": world.export.pk,
        "snapshot_id": world.snapshot.pk,
        "endpoint_id": world.workspace.endpoints.get().pk,
        "acceptance_id": world.acceptance.pk,
        "disagreement_id": world.disagreement.pk,
        "distribution_id": world.distribution.pk,
        "assignment_id": world.dataset.assignments.get().pk,
        "comment_id": world.comment.pk,
        "mention_id": world.comment.mentions.get(person=world.annotator.user).pk,
        "history:kind": "value",
        "history:revision_id": changes.first().pk,
    }
