"""A worker that dies in the middle of an import: the next one goes on where it was."""

import pytest

from annotator.datasets.models import VariableValue
from annotator.imports.answers import actions, batches, pictures, work
from annotator.imports.answers.batches import Importer
from annotator.imports.models import AnswerImport
from tests.factories import make_sample, make_variable
from tests.imports.answering import counts, opened, work_all
from tests.pictures import picture

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Ends the worker without its release of the lease, as kill -9 does."""


@pytest.fixture
def importing(dataset, tmp_path, monkeypatch):
    """An import of nine rows in batches of two that has begun."""
    monkeypatch.setattr(batches, "ROWS", 2)
    make_variable(dataset=dataset, name="grade", type="float")
    for number in range(9):
        make_sample(dataset=dataset, name=f"s{number}")
    path = tmp_path / "labels.csv"
    path.write_text("name,grade\n" + "".join(f"s{number},{number}\n" for number in range(9)))
    answer_import = opened(dataset, path)
    actions.start_import(answer_import, by=None)
    return answer_import


def kill_in_batch(monkeypatch, number, *, before_checkpoint):
    """Let the worker die in this batch, before or after its transaction."""
    seen = []
    do, checkpoint = Importer.do, Importer._checkpoint

    def dying_do(self, records):
        seen.append(records)
        do(self, records)
        if len(seen) == number and not before_checkpoint:
            raise Killed

    def dying_checkpoint(self, *args):
        if len(seen) == number and before_checkpoint:
            raise Killed
        checkpoint(self, *args)

    monkeypatch.setattr(Importer, "do", dying_do)
    monkeypatch.setattr(Importer, "_checkpoint", dying_checkpoint)


@pytest.mark.parametrize("before_checkpoint", [True, False])
def test_the_next_worker_goes_on_where_the_killed_one_was(
    importing, monkeypatch, before_checkpoint
):
    with monkeypatch.context() as patched:
        kill_in_batch(patched, 3, before_checkpoint=before_checkpoint)
        with pytest.raises(Killed):
            work.work(importing, seconds=60)
    AnswerImport.objects.update(leased_until="2000-01-01T00:00Z")

    work_all(importing)

    assert importing.state == "done"
    assert counts(importing) == (9, 0, 0, 0)
    assert sorted(VariableValue.objects.values_list("value", "rev")) == [
        (float(number), 1) for number in range(9)
    ]


def test_two_workers_at_once_do_each_row_once(importing):
    second = []

    def join(answer_import):
        other = AnswerImport.objects.get(pk=answer_import.pk)
        second.append(work.work(other, seconds=60))

    work.work(importing, seconds=60, on_batch=join)
    importing.refresh_from_db()

    assert not any(second)
    assert importing.position == 9
    assert counts(importing) == (9, 0, 0, 0)


def test_an_import_that_loses_too_many_workers_ends_with_what_to_do(importing):
    AnswerImport.objects.update(
        lease_id="00000000-0000-0000-0000-000000000001",
        leased_until="2000-01-01T00:00Z",
        losses=4,
    )

    assert not work.work(importing, seconds=60)

    importing.refresh_from_db()
    assert importing.state == "failed"
    assert "in parts" in importing.error


def test_a_check_that_is_cancelled_reads_no_more_pictures(dataset, tmp_path, monkeypatch):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(picture(seed=number))
    (tmp_path / "labels.csv").write_text("file_name,grade\n0.png,1\n1.png,2\n2.png,3\n")
    answer_import = opened(dataset, tmp_path)
    actions.start_check(answer_import)
    read = []

    def cancel_and_read(reference, path):
        read.append(reference.path)
        actions.cancel(AnswerImport.objects.get(), by=None)
        return path.read_bytes()

    monkeypatch.setattr(pictures, "bytes_of", cancel_and_read)

    assert not work.work(answer_import, seconds=60)

    assert read == ["0.png"]
    assert AnswerImport.objects.get().state == "mapping"
