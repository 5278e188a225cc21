"""What a label costs: queries are counted, and what is kept is what would be rendered anew."""

import re
import uuid
from functools import partial
from types import MappingProxyType

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.annotation.forms import form_of
from annotator.annotation.models import Answer
from annotator.annotation.views import frame, work
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, SampleImage
from annotator.guidelines.actions import save_guideline
from annotator.ui.skeletons import MARK, nested
from tests.factories import (
    make_image,
    make_member,
    make_pending_image,
    make_prompt,
    make_sample,
    make_user,
    make_variable,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def variable():
    return make_variable(name="grade", required=True, max_value=10)


def test_a_kept_field_is_what_its_template_gives_for_each_value_and_each_rule(variable):
    dataset = variable.dataset
    sample = make_sample(dataset=dataset)

    def assert_same():
        _, [field] = form_of(Answer.objects.own(sample, make_user()), dataset.variables.all())
        rendered = render_to_string("annotation/_field.html", {"each": field})
        assert [field.html, field.html] == [rendered, rendered], "the first and the kept one"
        return rendered

    before = assert_same()
    dataset.variables.update(max_value=3, description="How good?")
    changed = assert_same()
    set_value(sample, dataset.variables.get(), 2, origin=Origin.IMPORTED, by=None)
    known = assert_same()

    assert len({before, changed, known}) == 3
    assert "How good?" in changed


def test_a_kept_frame_is_what_its_template_gives(client, variable, monkeypatch):
    """Open, held, after another one, closed: the branches of the template."""
    current, coming = (make_sample(dataset=variable.dataset, name=f"<{n}>") for n in range(2))
    client.force_login(make_member(workspace=variable.dataset.workspace).user)
    address = partial(reverse, args=[current.pk])

    def pages():
        client.post(address("annotation:hold"))
        urls = [address("annotation:sample"), f"{address('annotation:sample')}?after={coming.pk}"]
        texts = [client.get(url).content.decode() for url in urls]
        return [
            re.sub(r'value="\w{64}"|content="\w{64}"|data-held="\d+"', "", text) for text in texts
        ]

    def rendered_anew(template, shape, texts, ids=MappingProxyType({})):
        return render_to_string(template, nested({**shape, **texts, **ids}))

    for _ in range(2):
        kept = pages()
        with monkeypatch.context() as patched:
            patched.setattr(frame, "filled", rendered_anew)
            assert kept == pages()
        assert "&lt;0&gt; ·" in kept[0]
        client.post(address("annotation:submit"), {f"v-{variable.pk}": "5"})


def test_each_kept_part_is_what_its_template_gives_for_the_sample(client, variable, monkeypatch):
    dataset = variable.dataset
    dataset.system_prompt = make_prompt(workspace=dataset.workspace, type="system", content="<s>")
    dataset.user_prompt = make_prompt(
        workspace=dataset.workspace, content="Of the year {{ year }}?"
    )
    dataset.save()
    samples = [
        make_sample(dataset=dataset, input_meta_data={"year": "<1999>"}, test=number == 1)
        for number in range(3)
    ]
    for number in (1, 2, 2):
        image = make_image(dataset.workspace, name=f"<{number}> {MARK.format('name')}")
        SampleImage.objects.create(sample=samples[number], image=image)
    awaited = make_pending_image(dataset.workspace)
    SampleImage.objects.create(sample=samples[2], image=awaited)
    save_guideline(dataset, "Look twice.", seen_version=0, by=make_user())
    client.force_login(make_member(workspace=dataset.workspace).user)
    contexts, filled, frame_html = [], frame.filled, frame.frame_html

    def html_of(request, context):
        contexts.append(context)
        return frame_html(request, context)

    def by_template(template, *given):
        is_part = template not in {"annotation/_frame.html", "annotation/_head.html"}
        return render_to_string(template, contexts[-1]) if is_part else filled(template, *given)

    def pages():
        urls = [reverse("annotation:sample", args=[sample.pk]) for sample in samples]
        texts = [client.get(url).content.decode() for url in urls]
        return [re.sub(r'value="\w{64}"|content="\w{64}"', "", text) for text in texts]

    kept = pages()
    monkeypatch.setattr(work, "frame_html", html_of)
    monkeypatch.setattr(frame, "filled", by_template)

    assert kept == pages()
    assert "of 3" in kept[2]
    assert "Of the year &lt;1999&gt;?" in kept[0]


@pytest.mark.parametrize(("is_typed", "most"), [(True, 22), (False, 24)])
def test_a_submit_that_brings_the_sample_after_next_costs_one_transaction(
    client, variable, is_typed, most
):
    variable.dataset.blind_percent = 0
    variable.dataset.save()
    current, coming, later = (make_sample(dataset=variable.dataset) for _ in range(3))
    client.force_login(make_member(workspace=variable.dataset.workspace).user)
    key, headers = variable.pk, {"HX-Request": "true"}
    if is_typed:
        typed = {f"v-{key}": "5", f"rev-{key}": 0, f"operation-{key}": uuid.uuid4()}
        client.post(reverse("annotation:save", args=[current.pk]), typed, headers=headers)
    form = {f"v-{key}": "5", f"rev-{key}": int(is_typed), "ahead": str(coming.pk)}

    with CaptureQueriesContext(connection) as queries:
        response = client.post(
            reverse("annotation:submit", args=[current.pk]), form, headers=headers
        )

    assert response.json()["next"] == str(coming.pk)
    assert str(later.pk) in response.json()["ahead"]
    begun = [query["sql"].split()[0] for query in queries if "SAVEPOINT" in query["sql"]]
    one = ["SAVEPOINT", "SAVEPOINT", "RELEASE", "RELEASE"]  # of the view, and in it of the action
    assert begun == one, "claims too"
    assert len(queries) <= most


def test_a_refused_submit_claims_nothing(client, variable):
    current, coming = (make_sample(dataset=variable.dataset) for _ in range(2))
    client.force_login(make_member(workspace=variable.dataset.workspace).user)

    response = client.post(
        reverse("annotation:submit", args=[current.pk]),
        {f"v-{variable.pk}": "99", "ahead": str(coming.pk)},
        headers={"HX-Request": "true"},
    )

    coming.refresh_from_db()
    assert response.status_code == 422
    assert coming.lease_holder is None
