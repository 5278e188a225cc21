"""The schema page: variables with their live preview, and what a change does to values."""

import pytest
from django.test import Client
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Role
from annotator.datasets.actions import set_value
from annotator.datasets.models import Sample, Variable, VariableValue
from tests.factories import (
    make_dataset,
    make_member,
    make_prompt,
    make_remote,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db

TYPES = ["string", "integer", "float", "boolean", "array", "object"]


@pytest.fixture
def grade(dataset):
    return make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)


@pytest.fixture
def mirrored(workspace):
    return make_dataset(
        workspace=workspace, remote=make_remote(workspace=workspace), remote_key="there"
    )


def schema_url(dataset):
    return reverse("datasets:schema", args=[dataset.pk])


def add_url(dataset):
    return reverse("datasets:add_variable", args=[dataset.pk])


def edit_url(variable):
    return reverse("datasets:variable", args=[variable.pk])


def text(response):
    return response.content.decode()


def test_the_page_shows_variables_form_and_texts(admin, dataset, grade):
    make_variable(dataset=dataset, name="condition", type="string", choices=["Mint", "Played"])

    page = text(admin.get(schema_url(dataset)))

    assert "0 to 10, in steps of 0.5" in page
    assert "Mint · Played" in page
    assert "&quot;condition&quot;: &quot;Mint&quot;" in page  # the answer with made-up values


def test_a_dataset_that_asks_and_has_no_pictures_leads_to_the_import(
    admin, browser_of, dataset, grade
):
    address = reverse("datasets:schema", args=[dataset.pk])
    way = reverse("imports:new", args=[dataset.pk])

    assert way in admin.get(address).text
    assert way not in browser_of(Role.ANNOTATOR).get(address).text
    make_sample(dataset=dataset)
    assert way not in admin.get(address).text


@pytest.mark.parametrize("type_name", TYPES)
def test_every_type_is_added_previewed_and_rendered_without_javascript(admin, dataset, type_name):
    data = {"name": "it", "type": type_name}

    preview = admin.post(add_url(dataset), {**data, "preview": "1"})
    saved = admin.post(add_url(dataset), data)

    assert preview.status_code == 200
    assert 'aria-label="Preview of the field"' in text(preview)
    assert saved.headers["Location"] == schema_url(dataset)
    assert Variable.objects.get().type == type_name
    assert not admin.get(schema_url(dataset)).context["rendered"].problems


def test_all_limits_of_a_text_and_a_number_are_kept(admin, dataset):
    admin.post(
        add_url(dataset),
        {"name": "word", "type": "string", "choices": "Mint\r\nPlayed, Worn", "required": "on",
         "description": "Look twice.", "default_value": "Worn"},
    )  # fmt: skip
    admin.post(
        add_url(dataset),
        {"name": "grade", "type": "float", "min_value": "0", "max_value": "10",
         "step_size": "0.5", "default_value": "7.5", "another": "1"},
    )  # fmt: skip

    word, grade = Variable.objects.order_by("position")
    assert (word.choices, word.required, word.default_value) == (
        ["Mint", "Played", "Worn"], True, "Worn"
    )  # fmt: skip
    assert (grade.min_value, grade.max_value, grade.step_size, grade.default_value) == (
        0, 10, 0.5, 7.5
    )  # fmt: skip


def test_saving_and_adding_another_stays_on_the_form(admin, dataset):
    response = admin.post(add_url(dataset), {"name": "a", "type": "boolean", "another": "1"})

    assert response.headers["Location"] == add_url(dataset)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "1st", "type": "string"}, "name"),
        ({"name": "", "type": "string"}, "name"),
        ({"name": "a", "type": "colour"}, "type"),
        ({"name": "a", "type": "boolean", "min_value": "1"}, "min_value"),
        ({"name": "a", "type": "float", "choices": "x"}, "choices"),
        ({"name": "a", "type": "string", "item_schema": '{"type": "string"}'}, "item_schema"),
        ({"name": "a", "type": "float", "min_value": "5", "max_value": "1"}, None),
        ({"name": "a", "type": "float", "min_value": "nan"}, "min_value"),
        ({"name": "a", "type": "integer", "default_value": "many"}, "default_value"),
        ({"name": "a", "type": "array", "item_schema": '[\n{"name": }]'}, "item_schema"),
        ({"name": "a", "type": "array", "item_schema": "3"}, "item_schema"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused_beside_its_field(admin, dataset, data, field):
    response = admin.post(add_url(dataset), data)

    assert response.status_code == 422
    assert response.context["form"].errors
    if field:
        assert field in response.context["form"].errors
    assert not Variable.objects.exists()


def test_broken_json_names_line_and_column(admin, dataset):
    response = admin.post(
        add_url(dataset), {"name": "a", "type": "array", "item_schema": '[\n  {"name": }\n]'}
    )

    assert "line 2, column 12" in text(response)


def test_a_name_that_is_taken_is_refused(admin, dataset, grade):
    response = admin.post(add_url(dataset), {"name": "grade", "type": "string"})

    assert response.status_code == 422
    assert "already a variable named grade" in text(response)


def test_the_preview_alone_is_drawn_for_htmx_and_says_what_is_wrong(admin, dataset):
    asked = {"HX-Request": "true", "HX-Target": "preview"}

    right = admin.post(
        add_url(dataset), {"name": "a", "type": "boolean", "preview": "1"}, headers=asked
    )
    wrong = admin.post(
        add_url(dataset),
        {"name": "a", "type": "float", "min_value": "5", "max_value": "1", "preview": "1"},
        headers=asked,
    )

    assert text(right).lstrip().startswith('<section class="card stack" id="preview"')
    assert 'type="radio"' in text(right)
    assert wrong.status_code == 200
    assert wrong.context["problem"]
    assert not Variable.objects.exists()


def values_of(dataset, variable, *values):
    for value in values:
        sample = make_sample(dataset=dataset)
        set_value(sample, variable, value, origin="typed", by=None)


def posted(variable, **changes):
    """The form's fields as the page would send them."""
    names = ("name", "type", "min_value", "max_value", "step_size")
    data = {name: getattr(variable, name) for name in names}
    return {key: value for key, value in {**data, **changes}.items() if value is not None}


def test_a_tighter_limit_says_how_many_values_break_before_it_marks_them(admin, dataset, grade):
    values_of(dataset, grade, 2, 8, 9.5)

    preview = admin.post(edit_url(grade), posted(grade, max_value=8, preview="1"))
    asked = admin.post(edit_url(grade), posted(grade, max_value=8))
    grade.refresh_from_db()
    before = grade.max_value
    saved = admin.post(edit_url(grade), posted(grade, max_value=8, confirmed="1"), follow=True)

    assert preview.context["would_break"] == 1
    assert asked.status_code == 422
    assert "1 value would become invalid" in text(asked)
    assert before == 10
    assert "1 value is marked as invalid" in text(saved)
    assert VariableValue.objects.filter(invalid_since__isnull=False).count() == 1
    assert "v.grade.is=invalid" in text(saved)
    assert Sample.objects.filter(state=Sample.State.UNLABELED).count() == 1


def test_a_wider_limit_is_saved_at_once(admin, dataset, grade):
    values_of(dataset, grade, 2)

    response = admin.post(edit_url(grade), posted(grade, max_value=20))

    assert response.status_code == 302
    assert AuditEvent.objects.filter(action="variable.change").exists()


def test_variables_move_up_and_down_and_stop_at_the_ends(admin, dataset):
    names = ["a", "b", "c"]
    a, b, c = (make_variable(dataset=dataset, name=n, position=i) for i, n in enumerate(names))

    admin.post(reverse("datasets:move_variable", args=[c.pk]), {"up": "1"})
    admin.post(reverse("datasets:move_variable", args=[a.pk]), {"up": "0"})
    admin.post(reverse("datasets:move_variable", args=[b.pk]), {"up": "0"})

    assert [v.name for v in dataset.variables.live()] == ["c", "a", "b"]


def test_a_removed_variable_leaves_the_form_and_keeps_its_values(admin, dataset, grade):
    values_of(dataset, grade, 2)

    admin.post(reverse("datasets:remove_variable", args=[grade.pk]))

    assert admin.get(schema_url(dataset)).context["rows"] == []
    assert VariableValue.objects.count() == 1
    assert admin.get(edit_url(grade)).status_code == 404


def test_a_mirrored_schema_can_only_have_its_shapes_described(admin, mirrored):
    items = make_variable(
        dataset=mirrored, name="items", type="array", remote=mirrored.remote, remote_key="v1"
    )
    shape = '[{"name": "item", "type": "string"}]'

    assert admin.get(add_url(mirrored)).status_code == 400
    for name in ("move_variable", "remove_variable"):
        assert admin.post(reverse(f"datasets:{name}", args=[items.pk])).status_code == 400
    admin.post(edit_url(items), {"item_schema": shape, "name": "other", "type": "string"})

    items.refresh_from_db()
    assert (items.name, items.type) == ("items", "array")
    assert items.item_schema == [{"name": "item", "type": "string"}]
    assert "change on The remote" in text(admin.get(schema_url(mirrored)))


def test_a_mirrored_shape_that_makes_no_sense_is_refused(admin, mirrored):
    items = make_variable(
        dataset=mirrored, name="items", type="array", remote=mirrored.remote, remote_key="v1"
    )

    response = admin.post(edit_url(items), {"item_schema": '{"type": "colour"}'})

    assert response.status_code == 422
    assert "item_schema" in response.context["form"].errors


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_change_the_schema_the_others_look(browser_of, dataset, grade, role):
    client = browser_of(role)

    page = client.get(schema_url(dataset))

    assert page.status_code == 200
    assert "Add a variable" not in text(page)
    for url in (add_url(dataset), edit_url(grade)):
        assert client.post(url, {"name": "x", "type": "string"}).status_code == 403


def test_an_outsider_finds_nothing(dataset, grade):
    client = Client()
    client.force_login(make_member(Role.ADMIN).user)

    for url in (schema_url(dataset), add_url(dataset), edit_url(grade)):
        assert client.get(url).status_code == 404


def test_more_variables_cost_no_more_queries(admin, dataset, django_assert_num_queries):
    make_variable(dataset=dataset, type="string")
    with django_assert_num_queries(100, exact=False) as few:
        admin.get(schema_url(dataset))
    for type_name in TYPES:
        make_variable(dataset=dataset, type=type_name)
    with django_assert_num_queries(len(few)):
        admin.get(schema_url(dataset))


def test_a_dataset_takes_another_prompt_of_the_right_type_only(admin, dataset, workspace):
    system, user = make_prompt(workspace=workspace, type="system"), make_prompt(workspace=workspace)
    foreign = make_prompt(type="system")
    url = reverse("datasets:choose_prompt", args=[dataset.pk, "system_prompt"])

    for wrong in (user.pk, foreign.pk, "nonsense"):
        assert admin.post(url, {"prompt": wrong}).status_code == 400
    admin.post(url, {"prompt": system.pk})
    dataset.refresh_from_db()
    taken = dataset.system_prompt
    admin.post(url, {"prompt": ""})
    dataset.refresh_from_db()

    assert taken == system
    assert dataset.system_prompt is None
