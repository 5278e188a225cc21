"""What mirroring survives: lists that change, remotes that fall ill, people who work meanwhile."""

import pytest
from django.utils import timezone

from annotator.accounts.models import AuditEvent
from annotator.connections.models import Remote
from annotator.datasets.actions import remove_sample, set_value
from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.errors import WrongState
from annotator.leases import MAX_LOSSES, LeaseLost
from annotator.mirror import actions, checkpoints
from annotator.mirror.models import MirrorRun
from annotator.push.models import Delivery
from tests.faults import (
    apply_then_reset,
    bad_gateway,
    big,
    garbage,
    next_is,
    reset,
    says,
    status,
    too_many,
    truncated,
)

pytestmark = pytest.mark.django_db

State = MirrorRun.State
LIST = "/vlm/v2/sample/?"


@pytest.fixture
def many(platform, there):
    """57 more samples with values: three pages of 24."""
    for number in range(57):
        platform.add_sample(there["id"], values={"grade": 5.0, "note": f"{number}"})


def first_sample(platform):
    return next(iter(platform.samples.values()))


def variable(platform, name):
    return next(v for v in platform.variables.values() if v["name"] == name)


# Lists that change while they are read ---------------------------------------------------------


def test_samples_inserted_while_paging_are_all_here_and_none_is_gone(
    mirror, platform, there, many, fault_remote
):  # M2
    def insert():
        old = dict(platform.samples)
        platform.samples.clear()
        for _ in range(5):
            platform.add_sample(there["id"])
        platform.samples.update(old)

    fault_remote.before("GET", "page=2", insert)

    run = mirror()

    assert run.state == State.DONE
    assert Sample.objects.filter(removed_at=None).count() == 65
    assert run.position["pass"] == 2


def test_samples_removed_while_paging_take_no_neighbour_with_them(
    mirror, platform, there, many, fault_remote
):  # M3
    def remove():
        for key in list(platform.samples)[:5]:
            del platform.samples[key]

    fault_remote.before("GET", "page=2", remove)

    run = mirror()

    assert run.state == State.DONE
    assert Sample.objects.filter(removed_at=None).count() == 60  # five await their second look
    assert Sample.objects.filter(remote_gone_at=None).count() == 60


def test_a_list_that_never_holds_still_ends_incomplete(mirror, platform, there, many, fault_remote):
    for _ in range(3):  # once in every pass
        fault_remote.before("GET", "page=2", lambda: platform.add_sample(there["id"]))
        fault_remote.before("GET", "page=3", lambda: platform.add_sample(there["id"]))
    real = fault_remote.respond

    def one_at_a_time(call):
        kept, seen = [], set()
        for entry in list(fault_remote._before):
            if entry[1] in seen:
                kept.append(entry)
                fault_remote._before.remove(entry)
            seen.add(entry[1])
        answer = real(call)
        fault_remote._before.extend(kept)
        return answer

    fault_remote.respond = one_at_a_time

    run = mirror()

    assert run.state == State.INCOMPLETE
    assert "changed while it was read" in run.error
    assert Sample.objects.filter(removed_at=None).count() >= 60


# What is gone ----------------------------------------------------------------------------------


def test_a_deleted_sample_is_gone_after_two_complete_passes_and_keeps_all_of_ours(
    mirror, platform
):  # M4
    mirror()
    sample = Sample.objects.get(name="One")
    before = list(sample.values.values_list("pk", "value", "rev"))
    del platform.samples[sample.remote_key]

    mirror()
    sample.refresh_from_db()
    assert sample.removed_at is None
    run = mirror()

    sample.refresh_from_db()
    assert sample.removed_at is not None
    assert run.report["gone"] == 1
    assert list(sample.values.values_list("pk", "value", "rev")) == before
    assert sample.images.count() == 2


def test_a_sample_that_the_list_hides_but_the_remote_still_has_stays(
    mirror, platform, fault_remote
):  # M4
    mirror()
    sample = first_sample(platform)
    dataset, sample["dataset"] = sample["dataset"], "elsewhere"
    platform.datasets["elsewhere"] = platform.datasets[dataset]

    mirror()
    mirror()

    assert not Sample.objects.exclude(removed_at=None).exists()


@pytest.mark.parametrize("deed", ["empty", "missing"])
def test_too_many_missing_samples_are_not_removed(mirror, platform, many, deed):  # M5
    mirror()
    held = dict(platform.samples)
    platform.samples.clear()
    if deed == "missing":
        platform.samples.update(list(held.items())[30:])

    first, second = mirror(), mirror()

    assert (first.state, second.state) == (State.INCOMPLETE, State.INCOMPLETE)
    assert "which may be an error" in second.error
    assert not Sample.objects.exclude(removed_at=None).exists()


def test_an_admin_can_say_that_they_are_really_gone(mirror, platform, many):  # M5
    mirror()
    platform.samples.clear()

    mirror(confirm_removals=True)
    run = mirror(confirm_removals=True)

    assert run.state == State.DONE
    assert not Sample.objects.filter(removed_at=None).exists()


def test_a_dataset_that_answers_404_removes_nothing(mirror, platform, there):  # M5
    mirror()
    del platform.datasets[there["id"]]

    run = mirror()

    assert run.state == State.FAILED
    assert "Nothing was removed" in run.error
    assert Dataset.objects.get().removed_at is None


def test_a_sample_that_comes_back_is_the_same_row(mirror, platform):  # M6
    mirror()
    sample = Sample.objects.get(name="One")
    row = platform.samples.pop(sample.remote_key)
    mirror()
    mirror()
    platform.samples[row["id"]] = row

    run = mirror()

    again = Sample.objects.get(name="One")
    assert (again.pk, again.removed_at, again.values.count()) == (sample.pk, None, 2)
    assert run.report["back"] == 1


def test_a_sample_that_was_deleted_here_stays_deleted(mirror):
    mirror()
    sample = Sample.objects.get(name="One")
    remove_sample(sample, by=None)

    run = mirror()

    sample.refresh_from_db()
    assert run.state == State.DONE
    assert sample.removed_at is not None


# Variables that change --------------------------------------------------------------------------


def test_a_renamed_variable_keeps_its_values(mirror, platform):  # M7
    mirror()
    variable(platform, "grade")["name"] = "score"

    mirror()

    row = VariableValue.objects.get(variable__name="score")
    assert (row.value, row.rev) == (7.5, 1)


def test_two_variables_that_swap_their_names_keep_their_values(mirror, platform):  # M7
    mirror()
    grade, note = variable(platform, "grade"), variable(platform, "note")
    grade["name"], note["name"] = "note", "grade"

    run = mirror()

    assert run.state == State.DONE
    values = {v.variable.name: v.value for v in VariableValue.objects.select_related("variable")}
    assert values == {"note": 7.5, "grade": "worn"}


def test_a_tightened_limit_marks_the_value_and_sends_the_sample_back(mirror, platform):  # M8
    mirror()
    variable(platform, "grade")["max_value"] = 5

    mirror()

    row = VariableValue.objects.get(variable__name="grade")
    assert (row.value, row.rev) == (7.5, 1)
    assert row.invalid_since is not None
    assert "5" in row.invalid_reason
    assert Sample.objects.get(name="One").state == "unlabeled"


def test_a_removed_variable_leaves_its_values_as_orphans_and_a_new_one_gets_none(
    mirror, platform, there
):  # M9
    mirror()
    old = variable(platform, "note")
    del platform.variables[old["id"]]
    new = platform.add_variable(there["id"], "note")
    for key in [key for key in platform.values if key[1] == old["id"]]:
        del platform.values[key]

    mirror()

    gone = Variable.objects.get(remote_key=old["id"])
    assert gone.removed_at is not None
    assert gone.values.get().value == "worn"
    assert not Variable.objects.get(remote_key=new["id"]).values.exists()


def test_a_limit_that_makes_no_sense_is_left_out_with_a_word(mirror, platform):
    variable(platform, "grade")["step_size"] = -1

    run = mirror()

    assert run.state == State.DONE
    assert any("step_size" in notice for notice in run.report["notices"])


# Both sides change ------------------------------------------------------------------------------


def test_a_value_that_changed_here_alone_is_kept(mirror):
    mirror()
    row = VariableValue.objects.get(variable__name="grade")
    set_value(row.sample, row.variable, 9.0, origin="typed", by=None)

    mirror()

    row.refresh_from_db()
    assert (row.value, row.rev, row.remote_state) == (9.0, 2, {"value": 7.5})
    assert not Delivery.objects.filter(state="conflict").exists()


def test_a_value_that_both_sides_changed_is_a_conflict_with_three_versions(mirror, platform):  # M10
    mirror()
    row = VariableValue.objects.get(variable__name="grade")
    set_value(row.sample, row.variable, 9.0, origin="typed", by=None)
    key = (row.sample.remote_key, row.variable.remote_key)
    platform.values[key] = {"value": 3.0}

    run = mirror()

    row.refresh_from_db()
    line = Delivery.objects.get()
    assert (row.value, row.remote_state, line.theirs["value"]) == (9.0, {"value": 7.5}, 3.0)
    assert line.state == "conflict"
    assert run.report["conflicts"] == 1

    platform.values[key] = {"value": 9.0}  # they come round
    mirror()
    line.refresh_from_db()
    assert line.state == "confirmed"


def test_a_value_that_is_being_pushed_is_not_taken_back(mirror, platform):
    mirror()
    row = VariableValue.objects.get(variable__name="grade")
    row = set_value(row.sample, row.variable, 9.0, origin="typed", by=None)
    VariableValue.objects.update(remote_state={"value": 9.0})  # confirmed while the page was read
    Delivery.objects.create(
        value_row=row,
        dataset=row.sample.dataset,
        state="confirmed",
        want_rev=2,
        have_rev=2,
        sent_at=timezone.now() + timezone.timedelta(minutes=1),
    )

    mirror()

    row.refresh_from_db()
    assert row.value == 9.0


def test_a_name_that_both_sides_changed_stays_ours_and_all_three_are_kept(mirror, platform):
    mirror()
    Sample.objects.filter(name="One").update(name="Mine")
    first_sample(platform)["name"] = "Theirs"

    run = mirror()

    assert Sample.objects.filter(name="Mine").exists()
    event = AuditEvent.objects.get(action="sample.differs")
    assert (event.detail["base"], event.detail["ours"]) == ("One", "Mine")
    assert event.detail["theirs"] == "Theirs"
    assert len(run.report["notices"]) == 1


# A remote that falls ill ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        garbage(),
        truncated(),
        says(b'{"count": 3, "next": null, "results": null}'),
        says(b'{"count": 3, "next": null, "results": [{"name": "no id"}]}'),
        says(b'{"count": 1, "next": null, "results": [{"id": "a", "test": "yes"}]}'),
        says(b'{"count": 1, "next": null, "results": [{"id": "a", "name": "x\\u0000"}]}'),
        says(b'{"count": 1, "next": null, "results": [{"id": "a", "name": "\\ud800"}]}'),
        big(9_000_000),
    ],
    ids=["html", "truncated", "null", "no id", "wrong type", "nul", "surrogate", "big"],
)
def test_a_garbled_page_is_rejected_as_a_whole_and_read_again(mirror, fault_remote, fault):  # M11
    fault_remote.script("GET", LIST, fault, fault, fault, fault)

    run = mirror()

    assert run.state == State.DONE
    assert Sample.objects.count() == 3


def test_garbage_without_end_fails_with_its_reason_and_touches_nothing(mirror, fault_remote):  # M11
    mirror()
    fault_remote.always("GET", LIST, garbage())

    run = mirror()

    assert (run.state, run.error) == (State.FAILED, "The answer is not JSON.")
    assert Sample.objects.filter(removed_at=None).count() == 3


@pytest.mark.parametrize(
    "fault",
    [
        too_many("0"),
        too_many("Fri, 01 Jan 2027 00:00:00 GMT"),
        status(500),
        reset(),
        apply_then_reset(),
        bad_gateway(),
    ],
    ids=["429", "429 date", "500", "reset", "lost", "502"],
)
def test_the_scan_goes_on_where_it_was_after_the_remote_recovers(
    mirror, many, fault_remote, fault
):  # M12
    fault_remote.script("GET", "page=2", *[fault] * 4)

    run = mirror()

    assert run.state == State.DONE
    assert Sample.objects.count() == 60
    first = [c for c in fault_remote.calls("GET", LIST) if "page" not in c.query]
    assert len(first) == 1


def test_a_wait_that_the_remote_asks_for_is_kept(remote, there, fault_remote):  # M12
    fault_remote.always("GET", "/vlm/v2/dataset/", too_many("3600"))
    run = actions.start_mirror(remote, there["id"], None)

    actions.run_steps(run.pk)
    calls = len(fault_remote.calls())
    actions.run_steps(run.pk)

    run.refresh_from_db()
    assert run.next_at > timezone.now() + timezone.timedelta(minutes=50)
    assert "429" in run.error
    assert len(fault_remote.calls()) == calls


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/vlm/v2/sample/?page=2", "https://evil.example/steal?page=2"],
)
def test_the_token_stays_home_wherever_next_points(mirror, many, fault_remote, address):  # M13
    fault_remote.script("GET", LIST, next_is(address))

    run = mirror()

    assert run.state == State.DONE
    assert Sample.objects.count() == 60


def test_a_list_whose_pages_repeat_fails_the_run(mirror, many, fault_remote):  # M13, M14
    fault_remote.always("GET", "page=2", next_is("http://x/vlm/v2/sample/?page=2"))

    run = mirror()

    assert run.state == State.FAILED
    assert "pages repeat" in run.error


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_pauses_and_the_run_goes_on_with_another(
    mirror, remote, there, fault_remote, code
):  # M15
    mirror()
    fault_remote.always("GET", "/vlm/v2/sample/", status(code, "Not you."))

    run = mirror()
    remote.refresh_from_db()
    calls = len(fault_remote.calls())
    actions.run_steps(run.pk)

    assert remote.state == Remote.State.PAUSED
    assert run.is_active
    assert len(fault_remote.calls()) == calls
    assert not Sample.objects.exclude(removed_at=None).exists()

    fault_remote.heal()
    Remote.objects.update(state=Remote.State.ACTIVE)
    assert mirror().state == State.DONE


def test_dates_from_nowhere_are_kept_as_text_and_order_nothing(mirror, platform):  # M16
    for sample, text in zip(platform.samples.values(), ["9999-12-31", "soon", ""], strict=True):
        sample["created_date"] = text

    mirror()

    assert [s.name for s in Sample.objects.order_by("created_at")] == ["One", "Two", "Three"]


def test_under_many_faults_everything_arrives_once(mirror, many, fault_remote):
    fault_remote.misbehave(0.2)

    run = mirror(patience=90)

    assert run.state == State.DONE
    assert Sample.objects.count() == 60


# Workers and people -----------------------------------------------------------------------------


def test_a_worker_that_lost_its_lease_writes_nothing(remote, there):  # M18
    run = actions.start_mirror(remote, there["id"], None)
    first = checkpoints.take(run.pk)
    MirrorRun.objects.update(leased_until=timezone.now())
    second = checkpoints.take(run.pk)

    with pytest.raises(LeaseLost):
        checkpoints.checkpoint(first, done=99)

    checkpoints.checkpoint(second, done=1)
    run.refresh_from_db()
    assert (run.done, run.losses) == (1, 0)


def test_a_step_at_which_five_workers_died_ends_the_run(remote, there):  # X4
    run = actions.start_mirror(remote, there["id"], None)

    for _ in range(MAX_LOSSES + 1):
        checkpoints.take(run.pk)
        MirrorRun.objects.update(leased_until=timezone.now())

    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "stopped unexpectedly 5 times" in run.error


def test_a_cancelled_run_stops_and_goes_on_where_it_was(
    remote, there, many, fault_remote, monkeypatch
):
    monkeypatch.setattr("annotator.mirror.actions.running.CHUNK_SECONDS", 0)  # a step a job
    run = actions.start_mirror(remote, there["id"], None)
    for _ in range(2):  # the schema, and one page
        actions.run_steps(run.pk)
    held = checkpoints.take(run.pk)
    actions.cancel(run, by=None)
    with pytest.raises(LeaseLost):
        checkpoints.checkpoint(held, done=48)
    run.refresh_from_db()
    assert (run.state, run.done) == (State.CANCELLED, 24)
    assert not actions.run_steps(run.pk)

    actions.resume(run, by=None)
    while actions.run_steps(run.pk):
        pass

    run.refresh_from_db()
    assert (run.state, Sample.objects.count()) == (State.DONE, 60)
    first = [c for c in fault_remote.calls("GET", LIST) if "page" not in c.query]
    assert len(first) == 1


def test_a_run_that_is_done_cannot_be_resumed(mirror):
    run = mirror()

    with pytest.raises(WrongState):
        actions.resume(run, by=None)
