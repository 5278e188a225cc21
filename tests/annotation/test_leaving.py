"""Who leaves a workspace keeps no sample waiting: what they were to do, others can do."""

import pytest
from django.urls import reverse

from annotator.accounts.actions import remove_member, set_active
from annotator.accounts.anonymity import delete_account
from annotator.accounts.models import Role
from annotator.annotation.actions import claim_next, open_answer, submit
from annotator.annotation.models import Answer
from annotator.datasets.models import Assignment, Sample
from annotator.review.actions import return_answer
from tests.annotation.several import give, make_shared, people, states
from tests.annotation.test_assigned import assign, in_turn
from tests.factories import make_dataset, make_member, make_sample, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_dataset(workspace=make_workspace())


@pytest.fixture
def admin(dataset):
    return make_member(Role.ADMIN, workspace=dataset.workspace)


def submitted(sample, member):
    return submit(open_answer(sample, by=member.user), {}, by=member.user)


@pytest.mark.parametrize("way", ["removed", "deactivated", "deleted"])
def test_what_was_assigned_open_or_returned_is_anybodys(client, dataset, admin, way):
    ada, ben = people(dataset, 2)
    mine, shared, opened, returned, kept = (make_sample(dataset=dataset) for _ in range(5))
    assign([mine], ada)
    assign([shared], ada, ben)
    assign([kept], ben)
    elsewhere = make_dataset()
    make_member(workspace=elsewhere.workspace, user=ada.user)
    other = make_sample(dataset=elsewhere)
    assign([other], ada)
    answer = submitted(returned, ada)
    return_answer(answer, by=admin.user, seen_rev=answer.rev, reason="The corner.")
    for _ in range(2):
        claim_next(ada, dataset, exclude_ids=[returned.pk, mine.pk, shared.pk])

    if way == "removed":
        client.force_login(admin.user)
        client.post(reverse("accounts:remove_member", args=[ada.pk]))
    elif way == "deleted":
        make_member(Role.ADMIN, workspace=elsewhere.workspace)
        delete_account(ada.user, by=ada.user)
    else:
        make_member(Role.ADMIN, workspace=elsewhere.workspace, user=admin.user)
        set_active(ada, active=False, by=admin.user)

    assert set(in_turn(ben, dataset)) == {mine, shared, opened, returned, kept}
    assert Answer.objects.get().author == ada.user, "what they have done stays"
    assert [each.names for each in Assignment.objects.filter(dataset=dataset)] == [
        ben.user.display_name
    ] * 2
    other.refresh_from_db()
    assert (other.assignment is None) == (way != "removed")


def test_what_is_returned_to_somebody_who_has_left_is_labelled_by_anybody(dataset, admin):
    ada, ben = people(dataset, 2)
    sample = make_sample(dataset=dataset)
    answer = submitted(sample, ada)
    remove_member(ada, by=admin.user)

    return_answer(answer, by=admin.user, seen_rev=answer.rev, reason="The corner.")

    assert Sample.objects.get().state == "unlabeled"
    assert in_turn(ben, dataset) == [sample]


def test_of_several_people_who_were_named_the_last_leaves():
    dataset, _ = make_shared(answers_per_sample=3)
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    ada, ben, cleo = people(dataset, 3)
    sample = make_sample(dataset=dataset)
    assign([sample], ada, ben)
    give(sample, ada, 1)

    remove_member(ben, by=admin.user)

    assert in_turn(cleo, dataset) == [sample]


def test_with_several_answers_the_others_stay_and_one_more_is_asked_or_they_are_compared():
    dataset, _ = make_shared()
    admin = make_member(Role.ADMIN, workspace=dataset.workspace)
    ada, ben = people(dataset, 2)
    sample = make_sample(dataset=dataset)
    give(sample, ada, 1)
    give(sample, ben, 2)
    answer = Answer.objects.select_related("sample__dataset", "author").get(state="submitted")
    left = next(each for each in (ada, ben) if each.user_id == answer.author_id)
    return_answer(answer, by=admin.user, seen_rev=answer.rev, reason="The corner.")

    remove_member(left, by=admin.user)

    assert sorted(states(sample)[1:]) == ["collected", "returned"]
    assert in_turn(admin, dataset) == [sample]
