"""The filters of the gallery: which samples each one leads to."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, skip
from annotator.datasets.models import Sample, VariableValue
from tests.datasets.galleries import address, give, named, names_of
from tests.factories import make_member, make_sample, make_variable

pytestmark = pytest.mark.django_db

State = Sample.State


def test_state_and_split_narrow_together(admin, dataset):
    named(dataset, "a", state=State.APPROVED)
    named(dataset, "b", state=State.APPROVED, test=True)
    named(dataset, "c", state=State.SUBMITTED, test=True)

    assert names_of(admin, dataset, state="approved") == ["a", "b"]
    assert names_of(admin, dataset, split="test") == ["b", "c"]
    assert names_of(admin, dataset, state="approved", split="test") == ["b"]


def test_a_choice_a_yes_and_an_exact_number_find_their_samples(
    admin, dataset, condition, real, grade
):
    a, b, _ = named(dataset, "a", "b", "c")
    for sample, word, truth, number in ((a, "Mint", True, 9.5), (b, "Played", False, 7)):
        give(sample, condition, word)
        give(sample, real, truth)
        give(sample, grade, number)

    assert names_of(admin, dataset, **{"v.condition": "Mint"}) == ["a"]
    assert names_of(admin, dataset, **{"v.real": "false"}) == ["b"]
    assert names_of(admin, dataset, **{"v.grade": "9.5"}) == ["a"]


def test_a_range_of_numbers_includes_its_ends(admin, dataset, grade):
    for sample, value in zip(named(dataset, "a", "b", "c"), (7, 8, 9), strict=True):
        give(sample, grade, value)

    named(dataset, *[f"x{n}" for n in range(50)])  # rare: found by another way than frequent ones
    assert names_of(admin, dataset, **{"v.grade.min": "9"}) == ["c"]
    assert names_of(admin, dataset, **{"v.grade.min": "8"}) == ["b", "c"]
    assert names_of(admin, dataset, **{"v.grade.max": "8"}) == ["a", "b"]
    assert names_of(admin, dataset, **{"v.grade.min": "7,5", "v.grade.max": "8,5"}) == ["b"]


def test_missing_set_and_invalid_answers_are_found(admin, dataset, grade):
    a, b, _ = named(dataset, "a", "b", "c")
    give(a, grade, 8)
    row = give(b, grade, 9)
    VariableValue.objects.filter(pk=row.pk).update(invalid_since=row.set_at, number=None)

    assert names_of(admin, dataset, **{"v.grade.is": "missing"}) == ["c"]
    assert names_of(admin, dataset, **{"v.grade.is": "set"}) == ["a", "b"]
    assert names_of(admin, dataset, **{"v.grade.is": "invalid"}) == ["b"]


def test_a_text_is_found_by_what_it_holds_and_by_the_search(admin, dataset, note):
    a, b, _ = named(dataset, "a", "b", "soft fox")
    give(a, note, "Soft corners")
    give(b, note, "clean")

    assert names_of(admin, dataset, **{"v.note.has": "SOFT"}) == ["a"]
    assert names_of(admin, dataset, q="soft") == ["a", "soft fox"]
    assert names_of(admin, dataset, q="100%") == []


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("Größe XL", "GRÖSSE xl"),
        ("Café", "CAFE\u0301"),
        ("ΑΘΗΝΑ", "αθηνα"),
        ("Москва", "МОСКВА"),
        ("ﬁne ＡＢＣ", "fine abc"),
        ("soft\u00adcorner", "softcorner"),
        ("a_b%c", "_B%"),
    ],
)
def test_texts_are_found_as_names_are_in_any_spelling(admin, dataset, note, text, searched):
    sample, other = named(dataset, "a", "b")
    give(sample, note, text)
    give(other, note, "else")

    assert names_of(admin, dataset, **{"v.note.has": searched}) == ["a"]
    assert names_of(admin, dataset, q=searched) == ["a"]


@pytest.mark.both_databases
def test_a_choice_is_found_in_either_spelling_and_no_other_case(admin, dataset):
    name = make_variable(dataset=dataset, name="drink", type="string", choices=["Café", "café"])
    samples = named(dataset, "upper", "lower")
    for sample, choice in zip(samples, name.choices, strict=True):
        give(sample, name, choice)

    assert names_of(admin, dataset, **{"v.drink": "Cafe\u0301"}) == ["upper"]
    assert names_of(admin, dataset, **{"v.drink.has": "CAFÉ"}) == ["lower", "upper"]


def test_the_longest_text_that_folding_lengthens_is_stored(admin, dataset, note):
    give(named(dataset, "a")[0], note, "\ufdfa" * 300)  # each is folded into 18 letters

    assert names_of(admin, dataset, q="\ufdfa") == ["a"]


def test_the_person_who_answered_can_be_asked_for(admin, dataset, grade, workspace):
    ada = make_member(workspace=workspace).user
    a, b = named(dataset, "a", "b")
    give(a, grade, 8, by=ada)
    give(b, grade, 8)

    assert names_of(admin, dataset, by=ada.pk) == ["a"]


@pytest.mark.parametrize(
    "params",
    [
        {"v.grade.min": "many"},
        {"v.grade.min": "nan"},
        {"v.nothing": "1"},
        {"v.grade.like": "1"},
        {"v.real": "perhaps"},
        {"state": "lost"},
        {"split": "half"},
        {"by": "x"},
        {"by": "²"},
        {"by": "9" * 40},
    ],
)
def test_a_filter_that_makes_no_sense_finds_nothing_and_says_so(
    admin, dataset, grade, real, params
):
    named(dataset, "a")

    response = admin.get(address(dataset, **params))

    assert response.status_code == 200
    assert response.context["cards"] == []
    assert response.context["filter"].problems


def test_a_chip_takes_its_own_filter_away_and_keeps_the_others(admin, dataset, condition):
    a, b = named(dataset, "a", "b")
    give(a, condition, "Mint")
    give(b, condition, "Mint")
    Sample.objects.filter(pk=a.pk).update(test=True)

    response = admin.get(address(dataset, **{"v.condition": "Mint", "split": "test"}))
    chips = dict(response.context["chips"])

    assert set(chips) == {"Split: Test", "condition: Mint"}
    assert chips["Split: Test"] == "?v.condition=Mint"


def test_samples_are_found_by_why_they_were_skipped(client, dataset, condition):
    member = make_member(Role.ADMIN, workspace=dataset.workspace)
    client.force_login(member.user)
    blurred, other, _ = (make_sample(dataset=dataset) for _ in range(3))
    skip(open_answer(blurred, by=member.user), reason="Blurred", by=member.user)
    skip(open_answer(other, by=member.user), reason="Other", by=member.user)
    address = reverse("datasets:gallery", args=[dataset.pk])

    page = client.get(address)
    narrowed = client.get(address, {"skipped": "Blurred"})
    sample = client.get(reverse("datasets:sample", args=[blurred.pk]))

    assert "Skipped because" in page.text
    assert [card.sample for card in narrowed.context["cards"]] == [blurred]
    assert narrowed.context["chips"][0][0] == "Skipped: Blurred"
    assert "Skipped: Blurred" in sample.text


@pytest.mark.parametrize("key", ["v.flaws", "v.flaws.has", "v.flaws.min", "v.note.min"])
def test_an_operator_that_a_variable_does_not_have_is_named(client, dataset, note, key):
    make_variable(dataset=dataset, name="flaws", type="array")
    make_sample(dataset=dataset)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    page = client.get(reverse("datasets:gallery", args=[dataset.pk]), {key: "a"})

    assert page.context["cards"] == []
    (problem,) = page.context["filter"].problems
    assert "be filtered by" in problem
