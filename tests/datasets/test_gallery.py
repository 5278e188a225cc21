"""The gallery: what each filter finds, what it costs, what is done with many at once."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Role
from annotator.annotation.actions import open_answer, skip
from annotator.datasets.actions import set_value
from annotator.datasets.models import Sample, VariableValue
from annotator.datasets.queries import facets
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_pending_image,
    make_sample,
    make_user,
    make_variable,
)

pytestmark = pytest.mark.django_db

State = Sample.State


@pytest.fixture
def condition(dataset):
    return make_variable(
        dataset=dataset, name="condition", type="string", choices=["Mint", "Played"]
    )


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)


@pytest.fixture
def note(dataset):
    return make_variable(dataset=dataset, name="note", type="string")


@pytest.fixture
def real(dataset):
    return make_variable(dataset=dataset, name="real", type="boolean")


def give(sample, variable, value, by=None):
    return set_value(sample, variable, value, origin="typed", by=by)


def named(dataset, *names, **fields):
    return [make_sample(dataset=dataset, name=name, **fields) for name in names]


def address(dataset, **params):
    return reverse("datasets:gallery", args=[dataset.pk]) + f"?{urlencode(params)}"


def found(client, dataset, **params):
    """The names on the first page of a filter, sorted."""
    response = client.get(address(dataset, **params))
    assert response.status_code == 200
    return sorted(card.sample.name for card in response.context["cards"])


def test_the_newest_samples_come_first_and_the_oldest_on_demand(admin, dataset):
    named(dataset, "a", "b", "c")

    newest = admin.get(address(dataset)).context["cards"]
    oldest = admin.get(address(dataset, order="oldest")).context["cards"]

    assert [card.sample.name for card in newest] == ["c", "b", "a"]
    assert [card.sample.name for card in oldest] == ["a", "b", "c"]


def test_state_and_split_narrow_together(admin, dataset):
    named(dataset, "a", state=State.APPROVED)
    named(dataset, "b", state=State.APPROVED, test=True)
    named(dataset, "c", state=State.SUBMITTED, test=True)

    assert found(admin, dataset, state="approved") == ["a", "b"]
    assert found(admin, dataset, split="test") == ["b", "c"]
    assert found(admin, dataset, state="approved", split="test") == ["b"]


def test_a_choice_a_yes_and_an_exact_number_find_their_samples(
    admin, dataset, condition, real, grade
):
    a, b, _ = named(dataset, "a", "b", "c")
    for sample, word, truth, number in ((a, "Mint", True, 9.5), (b, "Played", False, 7)):
        give(sample, condition, word)
        give(sample, real, truth)
        give(sample, grade, number)

    assert found(admin, dataset, **{"v.condition": "Mint"}) == ["a"]
    assert found(admin, dataset, **{"v.real": "false"}) == ["b"]
    assert found(admin, dataset, **{"v.grade": "9.5"}) == ["a"]


def test_a_range_of_numbers_includes_its_ends(admin, dataset, grade):
    for sample, value in zip(named(dataset, "a", "b", "c"), (7, 8, 9), strict=True):
        give(sample, grade, value)

    named(dataset, *[f"x{n}" for n in range(50)])  # rare: found by another way than frequent ones
    assert found(admin, dataset, **{"v.grade.min": "9"}) == ["c"]
    assert found(admin, dataset, **{"v.grade.min": "8"}) == ["b", "c"]
    assert found(admin, dataset, **{"v.grade.max": "8"}) == ["a", "b"]
    assert found(admin, dataset, **{"v.grade.min": "7,5", "v.grade.max": "8,5"}) == ["b"]


def test_missing_set_and_invalid_answers_are_found(admin, dataset, grade):
    a, b, _ = named(dataset, "a", "b", "c")
    give(a, grade, 8)
    row = give(b, grade, 9)
    VariableValue.objects.filter(pk=row.pk).update(invalid_since=row.set_at, number=None)

    assert found(admin, dataset, **{"v.grade.is": "missing"}) == ["c"]
    assert found(admin, dataset, **{"v.grade.is": "set"}) == ["a", "b"]
    assert found(admin, dataset, **{"v.grade.is": "invalid"}) == ["b"]


def test_a_text_is_found_by_what_it_holds_and_by_the_search(admin, dataset, note):
    a, b, _ = named(dataset, "a", "b", "soft fox")
    give(a, note, "Soft corners")
    give(b, note, "clean")

    assert found(admin, dataset, **{"v.note.has": "SOFT"}) == ["a"]
    assert found(admin, dataset, q="soft") == ["a", "soft fox"]
    assert found(admin, dataset, q="100%") == []


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

    assert found(admin, dataset, **{"v.note.has": searched}) == ["a"]
    assert found(admin, dataset, q=searched) == ["a"]


@pytest.mark.both_databases
def test_a_choice_is_found_in_either_spelling_and_no_other_case(admin, dataset):
    name = make_variable(dataset=dataset, name="drink", type="string", choices=["Café", "café"])
    samples = named(dataset, "upper", "lower")
    for sample, choice in zip(samples, name.choices, strict=True):
        give(sample, name, choice)

    assert found(admin, dataset, **{"v.drink": "Cafe\u0301"}) == ["upper"]
    assert found(admin, dataset, **{"v.drink.has": "CAFÉ"}) == ["lower", "upper"]


def test_the_longest_text_that_folding_lengthens_is_stored(admin, dataset, note):
    give(named(dataset, "a")[0], note, "\ufdfa" * 300)  # each is folded into 18 letters

    assert found(admin, dataset, q="\ufdfa") == ["a"]


def test_the_person_who_answered_can_be_asked_for(admin, dataset, grade, workspace):
    ada = make_member(workspace=workspace).user
    a, b = named(dataset, "a", "b")
    give(a, grade, 8, by=ada)
    give(b, grade, 8)

    assert found(admin, dataset, by=ada.pk) == ["a"]


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


def test_facets_count_what_their_lines_lead_to(admin, dataset, condition):
    a, b, c, _ = named(dataset, "a", "b", "c", "d")
    for sample, word in ((a, "Mint"), (b, "Mint"), (c, "Played")):
        give(sample, condition, word)
    Sample.objects.filter(pk=b.pk).update(test=True)

    facets = admin.get(address(dataset)).context["facets"]
    narrowed = admin.get(address(dataset, split="test")).context["facets"]

    assert {line.words: line.count for line in facets[2].links} == {
        "Mint": "2", "Played": "1", "Missing": "1"
    }  # fmt: skip
    assert {line.words: line.count for line in facets[0].links}["To label"] == "1"
    assert {line.words: line.count for line in narrowed[2].links}["Mint"] == "1"
    for line in facets[2].links:
        page = admin.get(reverse("datasets:gallery", args=[dataset.pk]) + line.url)
        assert len(page.context["cards"]) == int(line.count)


def test_a_chip_takes_its_own_filter_away_and_keeps_the_others(admin, dataset, condition):
    a, b = named(dataset, "a", "b")
    give(a, condition, "Mint")
    give(b, condition, "Mint")
    Sample.objects.filter(pk=a.pk).update(test=True)

    response = admin.get(address(dataset, **{"v.condition": "Mint", "split": "test"}))
    chips = dict(response.context["chips"])

    assert set(chips) == {"Split: Test", "condition: Mint"}
    assert chips["Split: Test"] == "?v.condition=Mint"


def test_pages_lead_on_and_back_without_losing_the_filter(admin, dataset):
    named(dataset, *[f"s{n:03}" for n in range(130)], test=True)

    first = admin.get(address(dataset, split="test", order="oldest"))
    gallery = reverse("datasets:gallery", args=[dataset.pk])
    second = admin.get(gallery + first.context["pager"]["next_query"])
    third = admin.get(gallery + second.context["pager"]["next_query"])
    back = admin.get(gallery + third.context["pager"]["previous_query"])

    names = [
        [card.sample.name for card in page.context["cards"]] for page in (first, second, third)
    ]
    assert [len(page) for page in names] == [60, 60, 10]
    assert [name for page in names for name in page] == [f"s{n:03}" for n in range(130)]
    assert second.context["pager"]["shown"] == "61–120 of 130"
    assert [card.sample.name for card in back.context["cards"]] == names[1]


def test_a_card_tells_image_count_state_test_and_first_values(
    admin, dataset, workspace, condition, grade
):
    (sample,) = named(dataset, "fox", state=State.SUBMITTED, test=True)
    for order, image in enumerate([make_image(workspace), make_image(workspace)]):
        sample.sample_images.create(image=image, order=order)
    give(sample, condition, "Mint")
    give(sample, grade, 8)

    response = admin.get(address(dataset))
    (card,) = response.context["cards"]

    assert card.more == 1
    assert card.values == ["Mint", "8.0"]
    page = response.content.decode()
    assert 'width="64" height="48"' in page
    assert "To review" in page
    assert ">Test</span>" in page


def test_an_awaited_image_and_a_sample_without_one_have_a_placeholder(admin, dataset, workspace):
    awaited, _ = named(dataset, "a", "b")
    awaited.sample_images.create(image=make_pending_image(workspace))

    page = admin.get(address(dataset)).content.decode()

    assert "awaited.svg" in page
    assert 'aria-label="No image"' in page


def test_more_samples_cost_no_more_queries(
    admin, dataset, workspace, condition, note, django_assert_num_queries
):
    def fill(number):
        for sample in named(dataset, *[f"{number}-{n}" for n in range(number)]):
            sample.sample_images.create(image=make_image(workspace))
            give(sample, condition, "Mint")
            give(sample, note, "soft")

    fill(2)
    url = address(dataset, q="soft", **{"v.condition": "Mint"})
    with django_assert_num_queries(100, exact=False) as few:
        admin.get(url)
    fill(20)
    with django_assert_num_queries(len(few)):
        admin.get(url)


def test_htmx_gets_the_list_alone_and_the_back_button_the_page(admin, dataset):
    named(dataset, "a")
    asked = {"HX-Request": "true", "HX-Target": "gallery"}

    part = admin.get(address(dataset), headers=asked).content.decode()
    back = admin.get(
        address(dataset), headers={**asked, "HX-History-Restore-Request": "true"}
    ).content.decode()

    assert part.lstrip().startswith('<div class="with-facets" id="gallery"')
    assert "<html" in back


def test_removed_samples_and_those_of_others_stay_out(admin, dataset, workspace):
    named(dataset, "gone")[0].__class__.objects.update(removed_at="2026-01-01T00:00Z")
    named(make_dataset(workspace=workspace), "elsewhere")

    assert admin.get(address(dataset)).context["whole"] == 0
    assert admin.get(address(make_dataset())).status_code == 404


# ---- many at once


def post(client, dataset, **data):
    return client.post(reverse("datasets:act", args=[dataset.pk]), data)


def test_picked_samples_move_to_the_test_split(browser_of, dataset):
    a, b, _ = named(dataset, "a", "b", "c")

    response = post(browser_of(Role.REVIEWER), dataset, picked="test", sample=[a.pk, b.pk])

    assert response.status_code == 302
    assert set(Sample.objects.filter(test=True)) == {a, b}
    event = AuditEvent.objects.get(action="samples.move")
    assert event.detail == {"split": "test", "count": 2}


def test_all_in_a_filter_move_even_those_on_other_pages(admin, dataset):
    named(dataset, *[f"s{n}" for n in range(70)], state=State.APPROVED)
    named(dataset, "other")

    response = post(admin, dataset, all="test", filter="state=approved")

    assert response.headers["Location"].endswith("?state=approved")
    assert Sample.objects.filter(test=True).count() == 70


def test_a_filter_that_makes_no_sense_changes_nothing(admin, dataset):
    named(dataset, "a")

    post(admin, dataset, all="test", filter="v.nothing=1")

    assert not Sample.objects.filter(test=True).exists()


def test_a_deletion_is_asked_about_first(admin, dataset, grade):
    a, b = named(dataset, "a", "b")
    give(a, grade, 8)

    asked = post(admin, dataset, picked="delete", sample=[a.pk])
    done = post(admin, dataset, picked="delete", sample=[a.pk], confirmed="1")

    assert asked.status_code == 422
    assert asked.context["values"] == 1
    assert done.status_code == 302
    assert list(Sample.objects.filter(removed_at=None)) == [b]


def test_a_deletion_of_a_filter_that_grew_meanwhile_is_asked_about_again(admin, dataset):
    named(dataset, "a", "b")

    response = post(admin, dataset, all="delete", filter="", confirmed="1")

    assert response.status_code == 422
    assert response.context["changed"]
    assert Sample.objects.filter(removed_at=None).count() == 2


def test_samples_of_another_dataset_are_left_alone(admin, dataset, workspace):
    (other,) = named(make_dataset(workspace=workspace), "other")

    post(admin, dataset, picked="test", sample=[other.pk])

    other.refresh_from_db()
    assert not other.test


@pytest.mark.parametrize("verb", ["test", "delete"])
def test_only_the_right_roles_change_many(browser_of, dataset, verb):
    (sample,) = named(dataset, "a")
    role = Role.ANNOTATOR if verb == "test" else Role.REVIEWER

    response = post(browser_of(role), dataset, picked=verb, sample=[sample.pk], confirmed="1")

    sample.refresh_from_db()
    assert response.status_code == 403
    assert (sample.test, sample.removed_at) == (False, None)


def test_an_outsider_can_neither_look_nor_change(dataset):
    (sample,) = named(dataset, "a")
    outsider = Client()
    outsider.force_login(make_member(Role.ADMIN).user)
    nobody = Client()
    nobody.force_login(make_user())

    assert outsider.get(address(dataset)).status_code == 404
    assert post(outsider, dataset, picked="test", sample=[sample.pk]).status_code == 404
    assert nobody.get(address(dataset)).status_code == 403


def test_nonsense_instead_of_samples_or_verbs_is_refused(admin, dataset):
    assert post(admin, dataset, picked="test", sample=["x"]).status_code == 400
    assert post(admin, dataset, picked="burn").status_code == 400


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


def test_what_was_not_counted_shows_no_number(client, dataset, note, monkeypatch):
    make_variable(dataset=dataset, name="flaws", type="array")
    make_sample(dataset=dataset)
    monkeypatch.setattr(facets, "SMALL", 0)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    page = client.get(
        reverse("datasets:gallery", args=[dataset.pk]),
        {"open": ["note", "flaws"], "state": "returned"},
    )

    assert "None" not in page.text


@pytest.mark.parametrize("key", ["v.flaws", "v.flaws.has", "v.flaws.min", "v.note.min"])
def test_an_operator_that_a_variable_does_not_have_is_named(client, dataset, note, key):
    make_variable(dataset=dataset, name="flaws", type="array")
    make_sample(dataset=dataset)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    page = client.get(reverse("datasets:gallery", args=[dataset.pk]), {key: "a"})

    assert page.context["cards"] == []
    (problem,) = page.context["filter"].problems
    assert "be filtered by" in problem
