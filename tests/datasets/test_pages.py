"""Lists of datasets, new ones, their settings, and the page of one sample."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.actions import set_value, update_dataset
from annotator.datasets.models import Dataset, Sample
from tests import pictures
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_object,
    make_prompt,
    make_remote,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db

LIST, NEW = "/datasets/", "/datasets/new/"


def text(response):
    return response.content.decode()


def url_of(name, row):
    return reverse(f"datasets:{name}", args=[row.pk])


@pytest.fixture
def outsider():
    client = Client()
    client.force_login(make_member(Role.ADMIN).user)
    return client


# ---- datasets


def test_the_list_shows_each_dataset_with_its_progress(admin, dataset, workspace):
    make_sample(dataset=dataset, state=Sample.State.APPROVED)
    make_sample(dataset=dataset)
    make_dataset(
        workspace=workspace,
        name="Streets",
        remote=make_remote(workspace=workspace),
        remote_key="r",
    )
    make_dataset(name="Foreign")

    page = text(admin.get(LIST))

    assert "2 samples" in page
    assert "The remote" in page
    assert "Local" in page
    assert "Foreign" not in page


def test_more_datasets_cost_no_more_queries(admin, workspace, django_assert_num_queries):
    make_dataset(workspace=workspace)
    with django_assert_num_queries(100, exact=False) as few:
        admin.get(LIST)
    for _ in range(8):
        make_sample(dataset=make_dataset(workspace=workspace))
    with django_assert_num_queries(len(few)):
        admin.get(LIST)


def test_an_empty_list_leads_an_admin_on_and_tells_the_others(browser_of):
    assert NEW in text(browser_of(Role.ADMIN).get(LIST))
    assert "An admin of this workspace" in text(browser_of(Role.ANNOTATOR).get(LIST))


def test_a_name_is_enough_for_a_new_dataset_and_its_schema_comes_next(admin, workspace):
    response = admin.post(NEW, {"name": "My pictures", "review_percent": "100"})

    dataset = Dataset.objects.get(workspace=workspace)
    assert response.headers["Location"] == url_of("schema", dataset)
    assert dataset.review_percent == 100


def test_prompts_are_chosen_or_written_with_the_new_dataset(admin, workspace):
    chosen = make_prompt(workspace=workspace, type="system")

    admin.post(
        NEW,
        {"name": "Cards", "review_percent": "0", "system_prompt": chosen.pk,
         "new_user_prompt": "Grade it.", "new_result_template": "{}", "format": "yaml"},
    )  # fmt: skip

    dataset = Dataset.objects.get()
    assert dataset.system_prompt == chosen
    assert dataset.user_prompt.content == "Grade it."
    assert (dataset.result_template.format, dataset.user_prompt.format) == ("yaml", None)


@pytest.mark.parametrize(
    "data", [{"name": ""}, {"name": "a" * 201}, {"name": "a", "review_percent": "101"}]
)
def test_a_new_dataset_that_makes_no_sense_is_drawn_again(admin, data):
    response = admin.post(NEW, {"review_percent": "100", **data})

    assert response.status_code == 422
    assert not Dataset.objects.exists()


def test_a_prompt_of_another_workspace_cannot_be_chosen(admin):
    response = admin.post(
        NEW,
        {"name": "a", "review_percent": "100", "system_prompt": make_prompt(type="system").pk},
    )

    assert response.status_code == 422


def test_settings_change_name_and_review_and_the_dataset_can_go(admin, dataset):
    make_sample(dataset=dataset)
    page = text(admin.get(url_of("settings", dataset)))

    admin.post(
        url_of("settings", dataset),
        {"name": "New", "description": "", "review_percent": "20", "self_review_allowed": "on"}
        | {"labeling_order": "unsure"},
    )
    dataset.refresh_from_db()
    admin.post(url_of("delete", dataset))

    assert "1 sample with 0 answers leave" in page
    assert (dataset.name, dataset.review_percent, dataset.self_review_allowed) == ("New", 20, True)
    assert dataset.labeling_order == "unsure"
    assert admin.get(url_of("gallery", dataset)).status_code == 404


def test_a_mirrored_dataset_keeps_its_name_and_takes_rules_of_review(admin, workspace):
    dataset = make_dataset(
        workspace=workspace,
        name="Theirs",
        remote=make_remote(workspace=workspace),
        remote_key="r",
    )

    admin.post(url_of("settings", dataset), {"name": "Ours", "review_percent": "50"})

    dataset.refresh_from_db()
    assert (dataset.name, dataset.review_percent) == ("Theirs", 50)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_make_change_and_delete_datasets(browser_of, dataset, role):
    client = browser_of(role)

    for url in (NEW, url_of("settings", dataset), url_of("delete", dataset)):
        assert client.post(url, {"name": "x", "review_percent": "1"}).status_code == 403


def test_an_outsider_finds_no_dataset(outsider, dataset):
    for name in ("gallery", "settings", "schema"):
        assert outsider.get(url_of(name, dataset)).status_code == 404
    assert outsider.post(url_of("delete", dataset)).status_code == 404


# ---- one sample


@pytest.fixture
def sample(dataset):
    return make_sample(dataset=dataset, name="fox", input_meta_data={"set": "Tide", "n": 1})


def test_a_sample_shows_pictures_objects_answers_history_and_texts(
    admin, dataset, workspace, sample
):
    grade = make_variable(dataset=dataset, name="grade", min_value=0, max_value=10)
    prompt = make_prompt(workspace=workspace, content="Grade this of {{set}}.")
    update_dataset(dataset, by=None, user_prompt=prompt)
    image = make_image(workspace, name="front.png")
    sample.sample_images.create(image=image)
    thing = make_object(image)
    sample.sample_objects.create(detection_object=thing, slot=0)
    ada = make_member(Role.REVIEWER, workspace=workspace).user
    set_value(sample, grade, 8, origin="typed", by=None)
    set_value(sample, grade, 9, origin="reviewed", by=ada, reason="sharp corner")

    page = text(admin.get(url_of("sample", sample)))

    for words in (
        "front.png", thing.label.name, "Changed in review", ada.display_name, "sharp corner",
        "2 changes", "Grade this of Tide.", "&quot;grade&quot;: 9", "All images, in random order",
    ):  # fmt: skip
        assert words in page


def test_metadata_is_merged_and_the_rest_replaced(browser_of, sample):
    browser_of(Role.REVIEWER).post(
        url_of("sample", sample),
        {"name": "owl", "description": "", "type": "single", "test": "on",
         "input_meta_data": '{"n": 2, "more": [1]}'},
    )  # fmt: skip

    sample.refresh_from_db()
    assert sample.input_meta_data == {"set": "Tide", "n": 2, "more": [1]}
    assert (sample.name, sample.type, sample.test) == ("owl", "single", True)
    assert sample.description is None


@pytest.mark.parametrize(
    ("metadata", "said"), [('{\n"a": }', "line 2, column 6"), ("[1]", "Write a JSON object")]
)
def test_metadata_that_cannot_be_read_says_where(admin, sample, metadata, said):
    response = admin.post(
        url_of("sample", sample), {"name": "x", "type": "single", "input_meta_data": metadata}
    )

    assert response.status_code == 422
    assert said in text(response)


def test_pictures_are_added_moved_and_taken_out(admin, sample):
    files = [
        SimpleUploadedFile(f"{n}.png", pictures.picture(seed=n), "image/png") for n in range(2)
    ]
    url = url_of("sample_images", sample)

    admin.post(url, {"files": [*files, SimpleUploadedFile("x.txt", b"text")]})
    first, second = sample.sample_images.order_by("order")
    admin.post(url, {"later": first.image_id})
    order = [row.image.name for row in sample.sample_images.order_by("order")]
    admin.post(url, {"remove": second.image_id})

    assert order == ["1.png", "0.png"]
    assert [row.image.name for row in sample.sample_images.all()] == ["0.png"]


@pytest.mark.parametrize("data", [{}, {"earlier": "x"}, {"remove": "x"}])
def test_nonsense_about_pictures_is_refused(admin, sample, data):
    assert admin.post(url_of("sample_images", sample), data).status_code == 400


def test_neighbours_lead_through_the_dataset(admin, dataset):
    a, b, c = (make_sample(dataset=dataset, name=name) for name in "abc")

    middle = admin.get(url_of("sample", b)).context
    last = admin.get(url_of("sample", c)).context

    assert (middle["before"], middle["after"]) == (a, c)
    assert (last["before"], last["after"]) == (b, None)


def test_a_deleted_sample_is_gone(admin, sample):
    admin.post(url_of("delete_sample", sample))

    assert admin.get(url_of("sample", sample)).status_code == 404


def test_annotators_look_and_do_not_change(browser_of, sample):
    client = browser_of(Role.ANNOTATOR)

    page = client.get(url_of("sample", sample))

    assert page.status_code == 200
    assert "Pictures in order" not in text(page)
    assert client.post(url_of("sample", sample), {"name": "x"}).status_code == 403
    assert client.post(url_of("sample_images", sample)).status_code == 403
    assert client.post(url_of("delete_sample", sample)).status_code == 403
    assert browser_of(Role.REVIEWER).post(url_of("delete_sample", sample)).status_code == 403


def test_an_outsider_finds_no_sample(outsider, sample):
    assert outsider.get(url_of("sample", sample)).status_code == 404
    assert outsider.post(url_of("sample_images", sample)).status_code == 404


def test_more_answers_and_pictures_cost_no_more_queries(
    admin, dataset, workspace, sample, django_assert_num_queries
):
    def fill():
        variable = make_variable(dataset=dataset, type="integer")
        set_value(sample, variable, 1, origin="typed", by=None)
        set_value(sample, variable, 2, origin="typed", by=None)
        sample.sample_images.create(image=make_image(workspace))

    make_sample(dataset=dataset)
    fill()
    with django_assert_num_queries(100, exact=False) as few:
        admin.get(url_of("sample", sample))
    for _ in range(5):
        fill()
    with django_assert_num_queries(len(few)):
        admin.get(url_of("sample", sample))
