"""The cards of the world of the journeys: samples that were labelled, reviewed, assigned and talked about."""

from datetime import date

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, skip, submit
from annotator.annotation.models import GoldPause, GoldResult, Qualification
from annotator.assignments.models import Distribution
from annotator.comments.actions import add_comment
from annotator.datasets.actions import (
    add_objects,
    create_sample,
    create_variable,
    mark_gold,
    set_values,
)
from annotator.datasets.models import Origin, Sample
from annotator.guidelines.actions import save_guideline
from annotator.review.actions import approve, return_answer
from tests.factories import make_dataset, make_image, make_object, make_prompt

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
GUIDELINES = "# Grades\n\n| grade | corners |\n|---|---|\n| 10 | sharp |"


def assign_some(dataset, admin):
    """A sample that is assigned by a job, overdue, and open."""
    job = Distribution.objects.create(
        dataset=dataset,
        shares=[[admin.user.pk, 1]],
        state=Distribution.State.DONE,
        total=1,
        done=1,
        assigned=1,
        given={str(admin.user.pk): 1},
        started_by=admin.user,
    )
    assignment = dataset.assignments.create(due_on=date(2025, 11, 28))
    assignment.people.set([admin.user])
    sample = dataset.samples.filter(state=Sample.State.UNLABELED).last()
    sample.lease_to(admin.user)
    Sample.objects.filter(pk=sample.pk).update(assignment=assignment)
    return job


def talk_about(answer, people):
    """A question of the reviewer's that waits for the annotator, and one that waits for the admin."""
    grade = answer.sample.dataset.variables.get(name="grade")
    about = {"by": people[Role.REVIEWER].user, "answer": answer, "variable": grade}
    add_comment(answer.sample, text="Whose is this card? @ada knows.", **about)
    return add_comment(answer.sample, text="Is the lower edge bent?", **about)


def make_cards(workspace, admin):
    """A dataset that asks for each of the six types, with its three prompts and guidelines."""
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
    save_guideline(dataset, GUIDELINES, seen_version=0, by=admin.user)
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
        fields={dataset.variables.get(name="grade"): "Look at the lower edge again."},
    )
    skip(answers[4], reason="Too blurred.", by=annotator.user)
    for sample in samples[5:8]:
        set_values(sample, values, origin=Origin.IMPORTED, by=None)
    check(samples[7], annotator, reviewer)
    return answers[2]


def check(sample, annotator, reviewer):
    """The sample is gold, and the annotator was paused for what they gave for it, and let go on."""
    dataset, user = sample.dataset, annotator.user
    mark_gold(dataset, Sample.objects.filter(pk=sample.pk), by=reviewer.user)
    variable = dataset.variables.get(name="grade")
    GoldResult.objects.create(
        dataset=dataset, sample=sample, user=user, variable=variable, given=2, is_right=False
    )
    GoldPause.objects.create(dataset=dataset, user=user, right=0, asked=1)
    Qualification.objects.create(dataset=dataset, user=user)


def make_card(dataset, number):
    """A sample with two pictures and a box on the first; every fifth is a test sample."""
    images = [make_image(dataset.workspace, width=320, height=240) for _ in range(2)]
    sample = create_sample(
        dataset, by=None, name=f"card-{number:02}", images=images, test=number % 5 == 0
    )
    add_objects(sample, [make_object(images[0])], by=None)
    return sample
