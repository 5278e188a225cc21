"""A large dataset for the benchmarks, written in bulk."""

import hashlib
import random
import uuid
from datetime import timedelta

WORDS = "soft sharp corner edge surface clean worn faded bright centring print line dot".split()  # noqa: SIM905
CHOICES = ["Mint", "Near mint", "Played", "Damaged"]
STATES = {"approved": 80, "submitted": 5, "unlabeled": 14, "returned": 1}  # percent
BATCH = 5_000


def fill(workspace, user, size):
    """A dataset of `size` samples, each with an image of its own.

    Nine in ten have four values, one in five two detection objects. The same size gives the same rows.
    """
    from django.utils import timezone

    from annotator.datasets import actions
    from annotator.images.models import DetectionLabel

    rng = random.Random(size)
    prompt = actions.create_prompt(
        workspace, by=user, name="Ask", type="user", content="Judge the card[s] of {{year}}."
    )
    dataset = actions.create_dataset(
        workspace, by=user, name=f"{size:,} samples", user_prompt=prompt
    )
    add = lambda **fields: actions.create_variable(dataset, by=user, **fields)  # noqa: E731
    variables = [
        add(name="grade", type="float", min_value=0, max_value=10, step_size=0.5),
        add(name="condition", type="string", choices=CHOICES),
        add(name="real", type="boolean"),
        add(name="note", type="string"),
    ]
    label = DetectionLabel.objects.create(workspace=workspace, name="corner")
    now = timezone.now()
    for start in range(0, size, BATCH):
        numbers = range(start, min(size, start + BATCH))
        samples = [made_sample(dataset, n, now, rng) for n in numbers]
        save_images(samples, label, rng)
        save_values(samples, variables, user, rng, start)
    return dataset


def answer(dataset, user, colleague):
    """Of `user` one answer to a fifth of the samples and 300 skips, of `colleague` all that await review."""
    from django.utils import timezone

    from annotator.annotation.models import Answer

    now, size = timezone.now(), dataset.samples.count()

    def answers(author, sample_state, state, number):
        ids = dataset.samples.filter(state=sample_state).order_by("created_at")[:number]
        return [
            Answer(
                sample=sample,
                author=author,
                state=state,
                submitted_at=None if state == "skipped" else now - timedelta(seconds=40 * place),
            )
            for place, sample in enumerate(ids)
        ]

    save(Answer, answers(user, "approved", "approved", size // 5))
    save(Answer, answers(user, "unlabeled", "skipped", 300))
    save(Answer, answers(colleague, "submitted", "submitted", size))


def deliver(dataset):
    """A remote for the dataset, and a confirmed delivery of the grade of each approved sample."""
    from django.db import connection

    from tests.factories import make_remote

    dataset.remote, dataset.remote_key = make_remote(workspace=dataset.workspace), "1"
    dataset.save(update_fields=["remote", "remote_key"])
    new_id = "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "gen_random_uuid()"
    false = "0" if connection.vendor == "sqlite" else "false"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO push_delivery (id, value_row_id, dataset_id, state, problem, want_rev, have_rev,"
            " attempts, next_at, last_error, overwrite, created_at, losses)"
            f" SELECT {new_id}, v.id, s.dataset_id, 'confirmed', '', 1, 1, 0, s.created_at, '',"
            f" {false}, s.created_at, 0 FROM datasets_sample AS s JOIN datasets_variablevalue AS v"
            " ON v.sample_id = s.id JOIN datasets_variable AS a ON a.id = v.variable_id"
            " WHERE a.name = 'grade' AND s.state = 'approved' AND s.dataset_id = %s",
            [dataset.pk.hex],
        )


def made_sample(dataset, number, now, rng):
    """One sample, not saved; a microsecond after the one before."""
    from annotator.datasets.models import Sample

    return Sample(
        id=uuid.uuid4(),
        dataset=dataset,
        name=f"card-{number:06}",
        state=rng.choices(list(STATES), STATES.values())[0],
        test=rng.random() < 0.1,
        input_meta_data={"year": str(1980 + number % 40)},
        created_at=now + timedelta(microseconds=number),
    )


def save_images(samples, label, rng):
    """The samples with an image each, and two objects on every fifth. No files: nothing opens them."""
    from annotator.datasets.models import Sample, SampleImage, SampleObject
    from annotator.images.models import DetectionObject, Image

    images = [made_image(sample) for sample in samples]
    things = [
        (sample, DetectionObject(image=image, label=label, xmin=x, ymin=9, xmax=x + 90, ymax=99))
        for number, (sample, image) in enumerate(zip(samples, images, strict=True))
        if number % 5 == 0
        for x in rng.sample(range(400), 2)
    ]
    save(Sample, samples)
    save(Image, images)
    save(
        SampleImage, [SampleImage(sample=s, image=i) for s, i in zip(samples, images, strict=True)]
    )
    save(DetectionObject, [thing for _, thing in things])
    save(
        SampleObject,
        [
            SampleObject(sample=sample, detection_object=thing, slot=number % 2, order=number % 2)
            for number, (sample, thing) in enumerate(things)
        ],
    )


def made_image(sample):
    """An image as an upload leaves it, without its file."""
    from annotator.images.models import Image

    return Image(
        workspace_id=sample.dataset.workspace_id,
        sha256=hashlib.sha256(sample.pk.bytes).hexdigest(),
        source_sha256=hashlib.sha256(b"source" + sample.pk.bytes).hexdigest(),
        format="jpeg",
        width_px=600,
        height_px=800,
        size_bytes=70_000,
        name=f"{sample.name}.jpg",
        created_at=sample.created_at,
    )


def save_values(samples, variables, user, rng, start):
    """Four values for nine in ten; one text in 5,000 holds a rare word."""
    from annotator.datasets.actions.writing import typed_columns
    from annotator.datasets.models import VariableValue

    values = []
    for number, sample in enumerate(samples, start):
        if rng.random() >= 0.9:
            continue
        note = " ".join(rng.choices(WORDS, k=8))
        given = (
            rng.randrange(21) / 2,
            rng.choices(CHOICES, [20, 50, 29, 1])[0],
            rng.random() < 0.95,
            f"{note} rare{number}" if number % BATCH == 7 else note,
        )
        values += [
            VariableValue(
                sample=sample,
                variable=variable,
                value=value,
                origin="typed",
                set_by=user,
                **typed_columns(variable, value),
            )
            for variable, value in zip(variables, given, strict=True)
        ]
    save(VariableValue, values)


def save(model, rows):
    """As many statements as a database takes at once."""
    model.objects.bulk_create(rows, batch_size=500)
