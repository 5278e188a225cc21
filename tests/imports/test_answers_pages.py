"""The pages of an import of answers: by the right people, without JavaScript, to the end."""

import csv
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Sample, Variable, VariableValue
from annotator.imports.answers import received, views, work
from annotator.imports.models import AnswerImport
from tests.factories import make_member, make_sample, make_variable
from tests.imports.answering import problems, work_all
from tests.imports.importing import import_all
from tests.pictures import picture

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
TABLE = b"name,grade,shop\na,7.5,Brno\nb,99,Lima\n"


@pytest.fixture
def enqueued(monkeypatch):
    """What a worker would do is done at the next look."""
    jobs = []
    monkeypatch.setattr(views, "enqueue_on_commit", lambda job, *args: jobs.append(args))
    return jobs


@pytest.fixture
def here(client, admin, dataset, enqueued):
    """A dataset with two samples and a variable, the client signed in."""
    make_variable(dataset=dataset, name="grade", type="float", max_value=10)
    for name in ("a", "b"):
        make_sample(dataset=dataset, name=name)
    client.force_login(admin.user)
    return client


def send(client, dataset, *files):
    files = files or [("labels.csv", TABLE)]
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    client.post(reverse("imports:answers_new", args=[dataset.pk]), {"pictures": uploads})
    answer_import = AnswerImport.objects.get()
    return work_all(answer_import)


def post(client, name, answer_import, **fields):
    response = client.post(reverse(f"imports:{name}", args=[answer_import.pk]), fields)
    work_all(answer_import)
    return response


def look(client, answer_import):
    return client.get(reverse("imports:answers", args=[answer_import.pk])).content.decode()


def test_a_table_is_sent_mapped_checked_imported_and_undone_by_plain_forms(here, dataset):
    answer_import = send(here, dataset)
    assert answer_import.state == "mapping"
    page = look(here, answer_import)
    assert "Becomes" in page
    assert "Brno" in page

    post(here, "answers_columns", answer_import, standing="accepted")

    assert answer_import.state == "checked"
    assert not VariableValue.objects.exists()
    assert problems(answer_import) == [(3, "grade", "99")]
    assert 'name="cell-3-1"' in look(here, answer_import)

    post(here, "answers_mend", answer_import, **{"cell-3-1": "9"})

    assert answer_import.refused == 0

    post(here, "answers_import", answer_import)

    assert answer_import.state == "done"
    assert set(VariableValue.objects.values_list("value", flat=True)) == {7.5, 9.0}
    assert Sample.objects.get(name="a").input_meta_data == {"shop": "Brno"}
    assert not received.folder_of(answer_import).exists()

    post(here, "answers_undo", answer_import)

    assert answer_import.state == "undone"
    assert not VariableValue.objects.filter(is_set=True).exists()
    assert Sample.objects.get(name="a").input_meta_data == {}


def test_the_row_of_the_header_is_chosen_on_the_page(here, dataset):
    answer_import = send(here, dataset, ("labels.csv", b"camera,7\nname,grade\na,8\n"))
    assert '<option value="2">2: name, grade</option>' in " ".join(
        look(here, answer_import).split()
    )

    post(here, "answers_reading", answer_import, header_row="2", delimiter=",", encoding="utf-8")

    assert [entry["column"] for entry in answer_import.mapping] == ["name", "grade"]
    post(here, "answers_columns", answer_import, standing="accepted")
    post(here, "answers_import", answer_import)
    assert VariableValue.objects.get().value == 8.0


def test_another_file_of_the_folder_is_guessed_anew(here, dataset):
    first = "id;größe\n1;2\n".encode("cp1252")
    answer_import = send(here, dataset, ("a.csv", first), ("b.csv", "größe,n\n1,2\n".encode()))
    as_shown = answer_import.reading

    post(here, "answers_reading", answer_import, table="b.csv", **as_shown)

    assert (answer_import.reading["encoding"], answer_import.reading["delimiter"]) == ("utf-8", ",")
    assert [entry["column"] for entry in answer_import.mapping] == ["größe", "n"]


def test_a_column_becomes_a_new_variable_of_the_chosen_name_and_type(here, dataset):
    answer_import = send(here, dataset)

    post(
        here,
        "answers_columns",
        answer_import,
        **{"standing": "accepted", "use-2": "new", "name-2": "city", "type-2": "text"},
    )
    assert not Variable.objects.filter(name="city").exists()
    post(here, "answers_import", answer_import)

    assert Variable.objects.get(name="city").type == "string"
    assert VariableValue.objects.filter(variable__name="city").count() == 2


def test_a_wrong_choice_of_columns_is_shown_again_with_what_to_correct(here, dataset):
    answer_import = send(here, dataset)

    response = post(
        here, "answers_columns", answer_import, **{"standing": "accepted", "use-2": "name"}
    )

    assert response.status_code == 422
    assert "2 columns are “Sample name”" in response.content.decode()
    assert answer_import.state == "mapping"


def test_a_reviewer_makes_no_variables(client, here, dataset):
    reviewer = make_member(Role.REVIEWER, workspace=dataset.workspace)
    answer_import = send(here, dataset)
    client.force_login(reviewer.user)

    fields = {"standing": "accepted", "use-2": "new", "name-2": "city"}
    response = post(client, "answers_columns", answer_import, **fields)

    assert response.status_code == 422
    assert "Only admins make variables" in response.content.decode()
    assert not Variable.objects.filter(name="city").exists()


def test_an_annotator_imports_nothing(client, here, dataset):
    client.force_login(make_member(Role.ANNOTATOR, workspace=dataset.workspace).user)

    response = client.get(reverse("imports:answers_new", args=[dataset.pk]))

    assert response.status_code == 403


def test_somebody_who_is_late_is_told_that_it_has_begun(here, dataset):
    answer_import = send(here, dataset)
    post(here, "answers_columns", answer_import, standing="accepted")
    post(here, "answers_import", answer_import)

    for name in ("answers_import", "answers_mend", "answers_reading"):
        assert post(here, name, answer_import).status_code == 409


def test_files_come_in_batches_and_a_zip_brings_pictures_with_their_answers(here, dataset):

    made = here.post(reverse("imports:answers_new", args=[dataset.pk]), headers=JSON).json()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("set/metadata.csv", "file_name,grade\none.png,3\nsub/two.png,4\n")
        archive.writestr("set/one.png", picture(seed=1))
        archive.writestr("set/sub/two.png", picture(seed=2))
    upload = SimpleUploadedFile("set.zip", packed.getvalue())
    body = {"files": [upload], "paths": json.dumps(["set.zip"])}
    assert here.post(made["files_url"], body, headers=JSON).json() == {"received": 1}
    assert here.get(made["files_url"], headers=JSON).json() == {"paths": ["set.zip"]}
    started = here.post(made["start_url"], headers=JSON)
    answer_import = work_all(AnswerImport.objects.get())
    assert started.json()["url"] == reverse("imports:answers", args=[answer_import.pk])

    post(here, "answers_columns", answer_import, standing="accepted")
    assert (answer_import.samples_made, answer_import.refused) == (2, 0)
    post(here, "answers_import", answer_import)

    made = Sample.objects.filter(name__in=["one", "two"], removed_at=None)
    assert [sample.images.count() for sample in made] == [1, 1]
    paths = {image.path for sample in made for image in sample.images.all()}
    assert paths == {"one.png", "sub/two.png"}


def test_a_file_without_answers_ends_the_import_with_what_to_do(here, dataset):
    answer_import = send(here, dataset, ("photo.png", picture(seed=1)))

    assert answer_import.state == "failed"
    assert answer_import.error
    assert answer_import.error in look(here, answer_import)


def test_the_report_is_a_table_too(here, dataset):
    answer_import = send(here, dataset)
    post(here, "answers_columns", answer_import, standing="accepted")

    response = here.get(reverse("imports:answers_csv", args=[answer_import.pk]))

    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert rows[0] == ["row", "column", "value", "reason", "what to do"]
    assert rows[1][:3] == ["3", "grade", "99"]


def test_the_report_takes_no_more_queries_for_more_rows(
    here, dataset, django_assert_max_num_queries
):
    rows = "".join(f"x{number},1,y\n" for number in range(40))
    answer_import = send(here, dataset, ("labels.csv", f"name,grade,shop\n{rows}".encode()))
    post(here, "answers_columns", answer_import, standing="accepted")
    assert answer_import.refused == 40

    with django_assert_max_num_queries(16):
        look(here, answer_import)


def test_a_cancelled_import_writes_nothing_more(here, dataset):
    answer_import = send(here, dataset)
    post(here, "answers_columns", answer_import, standing="accepted")
    AnswerImport.objects.update(state=AnswerImport.State.IMPORTING, position=0)

    here.post(reverse("imports:answers_cancel", args=[answer_import.pk]))
    assert not work.work(answer_import, seconds=60)

    assert not VariableValue.objects.exists()


def test_a_table_among_imported_pictures_is_not_lost(here, dataset):
    done = import_all(dataset, {"set/a.png": picture(seed=1), "set/labels.csv": TABLE})

    page = here.get(reverse("imports:detail", args=[done.pk])).content.decode()

    assert "set/labels.csv may hold answers" in page
    assert reverse("imports:answers_new", args=[dataset.pk]) in page


def test_two_files_of_one_name_in_a_zip_are_said(here, dataset):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("labels.csv", TABLE)
        archive.writestr("a.png", picture(seed=1))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", picture(seed=2))

    answer_import = send(here, dataset, ("set.zip", packed.getvalue()))

    assert answer_import.state == "mapping"
    assert any("two files of this name" in note for note in answer_import.notes)


def test_a_full_disk_is_told_as_such(here, dataset, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(received, "write", full)
    made = here.post(reverse("imports:answers_new", args=[dataset.pk]), headers=JSON).json()
    body = {"files": [SimpleUploadedFile("labels.csv", TABLE)], "paths": '["labels.csv"]'}

    response = here.post(made["files_url"], body, headers=JSON)

    assert response.status_code == 507
    assert "disk is full" in response.json()["detail"]
