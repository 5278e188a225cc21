"""Suggestions out of a CSV or JSONL file: on the page and by the command."""

import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.suggestions.models import Suggestion
from tests.factories import make_member, make_sample, make_variable
from tests.suggestions.rows import make_graded, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def upload(client, member, dataset, text, *, name="guesses.csv"):
    client.force_login(member.user)
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    body = {"source": "grader", "version": "1", "file": file}
    return client.post(reverse("suggestions:sources", args=[dataset.pk]), body)


def values():
    return [(row.value, row.confidence) for row in Suggestion.objects.order_by("pk")]


def test_a_csv_names_samples_by_id_or_name_and_is_read_twice_without_effect(client):
    member, dataset, [first, second], _ = make_graded(samples=2)
    make_variable(dataset=dataset, name="flaws", type="array", item_schema={"type": "string"})
    text = f"sample,grade,grade.confidence,flaws\n{first.pk},8,0.9,\n{second.name},7.5,,scratch\n"

    answer = upload(client, member, dataset, text)
    again = upload(client, member, dataset, "\ufeff" + text)

    assert answer.status_code == 200
    assert values() == [(8.0, 0.9), (7.5, None), (["scratch"], None)]
    assert "3 values suggested, 0 known before." in answer.content.decode()
    assert "0 values suggested, 3 known before." in again.content.decode()
    assert again.context["sources"][0][1]["open"] == 3


def test_a_jsonl_line_that_is_wrong_spoils_no_other(client):
    member, dataset, [sample], _ = make_graded()
    twins = [make_sample(dataset=dataset, name="twin") for _ in range(2)]
    lines = [
        json.dumps({"sample": str(sample.pk), "values": {"grade": 8}, "confidence": {"grade": 1}}),
        "no json",
        json.dumps({"sample": "twin", "values": {"grade": 8}}),
        json.dumps({"sample": str(make_sample().pk), "values": {"grade": 8}}),
        json.dumps({"sample": str(twins[0].pk), "values": {"grade": "a\u0000b"}}),
        '{"sample": "' + str(twins[1].pk) + '", "values": {"grade": NaN}}',
        "[" * 5000,
    ]

    answer = upload(client, member, dataset, "\n".join(lines), name="guesses.jsonl")

    report = answer.context["report"]
    assert (report.changed, report.invalid, report.refused) == (3, 2, 4)
    assert values() == [(8.0, 1.0), ("a_b", None), ("nan", None)]
    assert "Line 3: 2 samples are called “twin”" in report.problems[1]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("id,grade\n1,2\n", "a.csv", "must be called “sample”"),
        ("sample,colour\n1,2\n", "a.csv", "no variable “colour”"),
        ("", "a.csv", "empty"),
        ("sample\n", "a.xlsx", "ends with .csv"),
        (b"\x00\xff\x00", "a.csv", "must be called “sample”"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_what_to_do(client, text, name, words):
    member, dataset, _, _ = make_graded()

    answer = upload(client, member, dataset, text, name=name)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Suggestion.objects.exists()


def test_only_who_may_set_values_uses_the_page(client):
    member, dataset, _, _ = make_graded()
    colleague = make_member(Role.ANNOTATOR, workspace=member.workspace)

    refused = upload(client, colleague, dataset, "sample\n")
    unknown = upload(client, make_member(Role.ADMIN), dataset, "sample\n")

    assert (refused.status_code, unknown.status_code) == (403, 404)


def test_the_command_does_the_same(tmp_path):
    _, dataset, [sample], _ = make_graded()
    good, wrong = tmp_path / "good.csv", tmp_path / "wrong.jsonl"
    good.write_text(f"sample,grade\n{sample.pk},8\n")
    wrong.write_text("{}\n")
    out = io.StringIO()
    options = {"dataset": dataset.name, "source": "grader", "stdout": out}

    call_command("import_suggestions", good, **options)
    with pytest.raises(CommandError, match="1 line refused"):
        call_command("import_suggestions", wrong, **options)
    with pytest.raises(CommandError, match="There is no dataset nothing"):
        call_command("import_suggestions", good, **{**options, "dataset": "nothing"})

    assert "1 value suggested" in out.getvalue()
    assert values() == [(8.0, None)]


def test_the_form_leads_to_the_gallery_and_back_when_it_makes_no_sense(client):
    member, dataset, [sample], grade = make_graded()
    suggest(sample, grade, 8, confidence=0.9)
    client.force_login(member.user)
    address = reverse("suggestions:find", args=[dataset.pk])
    source = Suggestion.objects.get().source_id

    answer = client.get(address, {"source": source, "variable": "grade", "minimum": "0.95"})
    wrong = client.get(address, {"source": "x"})

    gallery = reverse("datasets:gallery", args=[dataset.pk])
    assert answer.url == f"{gallery}?s.grade={source}&s.grade.min=0.95"
    assert wrong.url == reverse("suggestions:sources", args=[dataset.pk])


def test_no_two_fields_of_the_page_share_an_id(client):
    member, dataset, [sample], grade = make_graded()
    suggest(sample, grade, 8)
    client.force_login(member.user)

    page = client.get(reverse("suggestions:sources", args=[dataset.pk])).content.decode()

    ids = re.findall(r'\sid="([^"]+)"', page)
    assert {"find_source", "id_source"} <= set(ids)
    assert len(ids) == len(set(ids))
