"""What is trained: the texts of a sample, and whatever keeps it from being trained."""

import json

import pytest

from annotator.datasets.rendering import WHOLE, learned_template, render_sample
from tests.factories import make_dataset, make_prompt, make_sample, make_variable

pytestmark = pytest.mark.django_db

TEMPLATE = '{"grade": {{grade}}, "explain": "{{explain}}"}'


@pytest.fixture
def sample():
    dataset = make_dataset()
    texts = {"user": "Grade this {{what}}.", "system": "You grade.", "template": TEMPLATE}
    made = {
        kind: make_prompt(workspace=dataset.workspace, type=kind, content=content)
        for kind, content in texts.items()
    }
    made["template"].format = "json"
    made["template"].save()
    dataset.user_prompt, dataset.system_prompt = made["user"], made["system"]
    dataset.result_template = made["template"]
    dataset.save()
    make_variable(dataset=dataset, name="grade", required=True, max_value=10)
    make_variable(dataset=dataset, name="explain", type="string", required=True)
    return make_sample(dataset=dataset, input_meta_data={"what": "card"})


def test_prompts_and_answer_are_filled_and_their_sources_named(sample):
    rendered = render_sample(sample, {"grade": 8.5, "explain": 'A "scratch".'})

    assert rendered.system == "You grade."
    assert rendered.user == "Grade this card."
    assert rendered.answer == '{"grade": 8.5, "explain": "A \\"scratch\\"."}'
    assert rendered.sources == {"system": "dataset", "user": "dataset", "answer": "dataset"}
    assert rendered.is_whole


def test_what_is_missing_is_named_and_the_rest_is_shown(sample):
    sample.input_meta_data = {}

    rendered = render_sample(sample, {"grade": 8.5})

    assert rendered.missing == ("explain",)
    assert rendered.empty_places == ("what",)
    assert '"grade": 8.5' in rendered.answer
    assert not rendered.is_whole


def test_a_refused_value_is_named_and_left_out(sample):
    rendered = render_sample(sample, {"grade": 11, "explain": "fine"})

    assert list(rendered.problems) == ["grade"]
    assert '"explain": "fine"' in rendered.answer


def test_a_value_that_cannot_be_read_back_is_named(sample):
    prompt = sample.dataset.result_template
    prompt.format, prompt.content = "xml", "<a>{{grade}}<b>{{explain}}</b></a>"

    rendered = render_sample(sample, {"grade": 8.5, "explain": "bell \x07"})

    assert list(rendered.problems) == ["explain"]
    assert rendered.answer == "<a>8.5<b></b></a>"


def test_without_a_usable_template_there_is_no_answer(sample):
    sample.dataset.result_template.content = '{"grade": {{nobody}}}'

    assert "nobody" in render_sample(sample, {"grade": 1.0}).problems[WHOLE]


def test_without_any_template_all_variables_are_written_as_one_json_object(sample):
    sample.dataset.result_template = None

    rendered = render_sample(sample, {"grade": 1.0})

    assert json.loads(rendered.answer)["grade"] == 1.0
    assert (rendered.format, rendered.problems) == ("json", {})


def test_the_task_gives_the_prompts_that_the_dataset_lacks(sample):
    class Task:
        user_prompt = make_prompt(content="From the task.")
        system_prompt = make_prompt(content="Also from the task.")

    sample.dataset.user_prompt = None

    rendered = render_sample(sample, {}, Task())

    assert (rendered.user, rendered.sources["user"]) == ("From the task.", "task")
    assert (rendered.system, rendered.sources["system"]) == ("You grade.", "dataset")


def test_a_template_is_learned_once_and_many_samples_cost_no_queries(
    sample, django_assert_num_queries
):
    variables = list(sample.dataset.variables.live())
    specs = tuple(variable.spec for variable in variables)

    with django_assert_num_queries(0):
        for grade in (1.0, 2.0, 3.0):
            render_sample(sample, {"grade": grade}, variables=variables)

    assert learned_template(TEMPLATE, "json", specs) is learned_template(TEMPLATE, "json", specs)
