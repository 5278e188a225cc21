"""A variable type made up here, `date`, works in every room without a line of its own in any of them."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.models import AnswerValue
from annotator.datasets.actions import change_variable, set_value
from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.datasets.queries.schema import template_with_all
from annotator.datasets.serializers.variables import VariableShape
from annotator.mirror import actions as mirror
from annotator.push import jobs
from annotator.push.models import Delivery
from annotator.training.runner.metrics import evaluate
from annotator.training.runner.neighbours import vote
from annotator.variables import (
    TYPES,
    Reading,
    ValueRefused,
    difference,
    json_schema,
    learn_template,
    read,
    read_config,
    render,
    write_config,
)
from annotator.variables.fields import TextEdit
from annotator.variables.limits import MIN_VALUE
from annotator.variables.variable_type import (
    AT_LEAST,
    AT_MOST,
    EQUALS,
    FilterOperator,
    Metric,
    VariableType,
    noun_of,
)
from tests.api.client import ApiCaller
from tests.factories import (
    make_dataset,
    make_member,
    make_prompt,
    make_remote,
    make_sample,
    make_token,
    make_variable,
)
from tests.mirror.conftest import everything_is_due
from tests.push.rows import Pair

pytestmark = pytest.mark.django_db

LEAP_DAY = "2024-02-29"


@dataclass(frozen=True, kw_only=True)
class DateType(VariableType):
    """A day, such as 2024-02-29. `min_value` is the first year that is allowed."""

    min_value: Decimal | None = field(default=None, metadata=MIN_VALUE.declare(write=int))

    name: ClassVar[str] = "date"
    label: ClassVar[str] = "Day"
    is_text: ClassVar[bool] = True
    is_half_width = True
    metric = Metric.DISTANCE
    filter_column: ClassVar[str] = "number"
    filter_operators: ClassVar[tuple[FilterOperator, ...]] = (EQUALS, AT_LEAST, AT_MOST)

    def check(self, value):
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueRefused(f"Give a day, not {noun_of(value)}.", code="type")
        try:
            day = dt.date.fromisoformat(value.strip())
        except ValueError:
            raise ValueRefused("Give a day, such as 2024-02-29.", code="type") from None
        if self.min_value is not None and day.year < self.min_value:
            raise ValueRefused(f"Give a day of {int(self.min_value)} or later.", code="min_value")
        return day.isoformat()

    def from_text(self, text):
        return text.strip() or None

    def text(self, value):
        return value

    def display(self, value):
        return f"{dt.date.fromisoformat(value):%-d %B %Y}"

    def limits_text(self):
        return "" if self.min_value is None else f"from {int(self.min_value)} on"

    def coerce(self, value):
        return self.check(str(value).replace("/", "-")), "slashes read as dashes"

    def json_schema(self, *, strict):
        return {"type": "string", "format": "date"}

    def widget(self):
        return TextEdit(max_length=10)

    def example(self):
        return f"{int(self.min_value or 2024)}-02-01"

    def as_number(self, value):
        return float(dt.date.fromisoformat(value).toordinal())

    def column_value(self, value):
        return self.as_number(value)

    def operand(self, operator, text):
        return self.as_number(text)

    def operand_text(self, text):
        return self.display(text)

    def change_text(self, old, new):
        return f"{self.as_number(new) - self.as_number(old):+g} days" if old and new else ""

    def facet_choices(self):
        return [] if self.min_value is None else [(self.example(), "The first of February")]

    def facet_inputs(self):
        return (AT_LEAST, AT_MOST)

    def facet_key(self, column_value):
        return dt.date.fromordinal(int(column_value)).isoformat()


@pytest.fixture(autouse=True)
def date(monkeypatch):
    """The seventh type, registered for one test."""
    monkeypatch.setitem(TYPES, "date", DateType)


@pytest.fixture
def day(dataset):
    return make_variable(dataset=dataset, name="day", type="date", required=True)


def schema_page(dataset):
    return reverse("datasets:add_variable", args=[dataset.pk])


def test_its_limits_are_read_and_written_as_it_declares_them():
    config = {"name": "day", "type": "date", "min_value": 2000.0}

    spec = read_config(config | {"default_value": LEAP_DAY, "step_size": 2})

    assert write_config(spec) == config | {"required": False, "default_value": LEAP_DAY}
    assert spec.limits_text() == "from 2000 on"
    assert spec.notices == ("step_size has no meaning for date.",)


def test_its_schema_and_its_example_are_in_the_documents(dataset, day):
    properties = json_schema([day.spec])["properties"]

    assert properties == {"day": {"type": "string", "format": "date"}}
    assert day.spec.example() == "2024-02-01"
    assert template_with_all(dataset) == '{\n  "day": "{{day}}"\n}'


def test_the_schema_page_offers_it_previews_it_and_makes_it(admin, dataset):
    data = {"name": "day", "type": "date", "min_value": "2000", "default_value": LEAP_DAY}

    offered = admin.get(schema_page(dataset)).text
    preview = admin.post(schema_page(dataset), {**data, "preview": "1"})
    refused = admin.post(schema_page(dataset), {**data, "max_value": "3"})
    wrong = admin.post(schema_page(dataset), {**data, "default_value": "1999-12-31"})
    saved = admin.post(schema_page(dataset), data)

    assert 'value="date"' in offered
    assert 'data-limits="min_value"' in offered
    assert preview.context["shown"] == "29 February 2024"
    assert "This has no meaning for “Day”: empty it." in refused.text
    assert "Give a day of 2000 or later." in wrong.text
    assert saved.status_code == 302
    made = Variable.objects.get()
    assert (made.type, made.min_value, made.default_value) == ("date", 2000, LEAP_DAY)
    listed = admin.get(reverse("datasets:schema", args=[dataset.pk]))
    assert "from 2000 on" in listed.text
    assert ">Day<" in listed.text
    assert not listed.context["rendered"].problems


def test_the_labeling_page_shows_saves_and_refuses_it(client, dataset, day):
    sample = make_sample(dataset=dataset)
    member = make_member(workspace=dataset.workspace)
    client.force_login(member.user)
    address = reverse("annotation:save", args=[sample.pk])

    def save(text):
        sent = {f"v-{day.pk}": text, f"rev-{day.pk}": 0, f"operation-{day.pk}": uuid.uuid4()}
        response = client.post(address, sent, headers={"Accept": "application/json"})
        return response.json()["fields"][str(day.pk)]

    page = client.get(reverse("annotation:sample", args=[sample.pk])).text
    refused = save("30.2.2024")
    saved = save(LEAP_DAY)

    assert 'data-type="date"' in page
    assert 'data-size="half"' in page
    assert refused == {"status": 422, "detail": "Give a day, such as 2024-02-29."}
    assert saved == {"status": 200, "rev": 1}
    assert AnswerValue.objects.get().value == LEAP_DAY


def test_the_rest_api_makes_it_and_takes_its_values():
    admin = make_member(Role.ADMIN)
    api = ApiCaller(make_token(admin))
    dataset = make_dataset(workspace=admin.workspace)
    sample = make_sample(dataset=dataset)
    wire = {"dataset": str(dataset.pk), "name": "day", "type": "date", "min_value": 2000}

    made = api.post("/vlm/v2/variable/", wire)

    assert made.status_code == 201
    assert (made.json()["type"], made.json()["min_value"]) == ("date", 2000)
    assert VariableShape().fields["type"].choices["date"] == "Day"
    assert [row["name"] for row in api.rows("/vlm/v2/variable/", type="date")] == ["day"]

    address = f"/vlm/v2/sample/{sample.pk}/add-variable-value/"
    value = {"dataset_variable": made.json()["id"]}
    for wrong in ("yesterday", 5, "1999-12-31"):
        assert api.post(address, value | {"value": {"value": wrong}}).status_code == 400
    assert api.post(address, value | {"value": {"value": LEAP_DAY}}).status_code == 200
    shown = api.get(f"/vlm/v2/sample/{sample.pk}/").json()
    assert shown["sample_variables"][0]["value"] == LEAP_DAY
    assert VariableValue.objects.get().number == dt.date(2024, 2, 29).toordinal()


def test_the_gallery_filters_by_it_and_counts_its_facet(admin, dataset):
    day = make_variable(dataset=dataset, name="day", type="date", min_value=2000)
    for name, value in (("a", "2024-02-28"), ("b", LEAP_DAY), ("c", "2000-02-01"), ("d", None)):
        sample = make_sample(dataset=dataset, name=name)
        if value:
            set_value(sample, day, value, origin="typed", by=None)
    gallery = reverse("datasets:gallery", args=[dataset.pk])

    def names(**params):
        response = admin.get(gallery, {key.replace("_", "."): v for key, v in params.items()})
        return {card.sample.name for card in response.context["cards"]}

    assert names(v_day_min=LEAP_DAY) == {"b"}
    assert names(v_day_max="2024-02-28") == {"a", "c"}
    assert names(v_day=LEAP_DAY) == {"b"}
    assert names(v_day_is="missing") == {"d"}
    assert admin.get(gallery, {"v.day.min": "soon"}).context["filter"].problems
    assert admin.get(gallery, {"v.day.has": "2024"}).context["filter"].problems
    page = admin.get(gallery, {"v.day.min": "2024-01-01"})
    assert "day: at least 1 January 2024" in dict(page.context["chips"])
    facet = admin.get(gallery).context["facets"][2]
    assert {line.words: line.count for line in facet.links} == {
        "The first of February": "1",
        "Missing": "1",
    }
    assert [name for name, *_ in facet.inputs] == ["v.day.min", "v.day.max"]
    assert not facet.is_numeric


def test_a_text_that_becomes_a_day_is_filtered_as_one(admin, dataset):
    variable = make_variable(dataset=dataset, name="day", type="string")
    good, bad = (make_sample(dataset=dataset, name=name) for name in ("good", "bad"))
    set_value(good, variable, LEAP_DAY, origin="typed", by=None)
    set_value(bad, variable, "soon", origin="typed", by=None)

    change_variable(variable, by=None, type="date")

    gallery = reverse("datasets:gallery", args=[dataset.pk])
    (card,) = admin.get(gallery, {"v.day.min": "2024-01-01"}).context["cards"]
    assert card.sample == good
    (card,) = admin.get(gallery, {"v.day.is": "invalid"}).context["cards"]
    assert card.sample == bad


FORMATS = {
    "json": '{"day": {{day}}, "text": "On {{day}}."}',
    "yaml": "day: {{day}}\ntext: 'On {{day}}.'",
    "xml": '<card day="{{day}}"><text>On {{day}}.</text></card>',
    "csv": "day,text\n{{day}},On {{day}}.\n",
}


@pytest.mark.parametrize("format_name", FORMATS)
def test_it_is_rendered_and_read_back_in_every_format(format_name, day):
    template = learn_template(FORMATS[format_name], format_name, [day.spec])

    text = render(template, {"day": LEAP_DAY})

    assert read(template, text) == Reading(values={"day": LEAP_DAY}, steps=(), problems={})
    assert read(template, text.replace("-", "/")).values == {"day": LEAP_DAY}
    assert read(template, text.replace("02-29", "02-30")).problems.keys() == {"day"}


def test_it_asks_for_quotes_in_templates(day):
    quoted = learn_template('{"day": "{{day}}"}', "json", [day.spec])
    bare = learn_template('{"day": {{day}}}', "json", [day.spec])

    assert json.loads(render(quoted, {"day": LEAP_DAY})) == {"day": LEAP_DAY}
    assert not quoted.lints
    assert [lint.message for lint in bare.lints] == [
        "Text stands bare: quotes are added around it."
    ]


def test_a_reviewer_sees_by_how_many_days_it_differs(day):
    assert difference(day.spec.type_rules, "2024-02-28", "2024-03-01").change == "+2 days"


def test_training_scores_it_by_the_distance_in_days(day):
    known = ["2024-01-01", "2024-01-05", "2024-01-11"]

    figures = evaluate(day.spec, ["2024-01-03"], ["2024-01-04"], known)

    assert figures["metric"] == "1 − mean error ÷ range"
    assert figures["score"] == pytest.approx(0.9)
    assert figures["trivial_answer"] == "2024-01-05"
    assert figures["details"]["mean_absolute_error"] == 1
    assert vote(day.spec, known, [0.5, 0.5, 0.5], power=8) == "2024-01-05"


def test_it_is_mirrored_with_its_limits_and_values(fault_remote):
    variable = {"name": "day", "type": "date", "required": True, "min_value": 2000}
    there = fault_remote.platform.add_dataset(variables=[variable])
    fault_remote.platform.add_sample(there["id"], values={"day": LEAP_DAY}, name="legal")
    fault_remote.platform.add_sample(there["id"], values={"day": "1999-12-31"}, name="early")

    run = mirror.start_mirror(make_remote(fault_remote), there["id"], None)
    for _ in range(40):
        mirror.run_steps(run.pk)
        everything_is_due()

    mirrored = Dataset.objects.get().variables.get()
    assert (mirrored.type, mirrored.min_value) == ("date", 2000)
    legal, early = (VariableValue.objects.get(sample__name=name) for name in ("legal", "early"))
    assert (legal.value, legal.invalid_reason) == (LEAP_DAY, "")
    assert legal.number == dt.date(2024, 2, 29).toordinal()
    assert (early.value, early.invalid_reason) == ("1999-12-31", "Give a day of 2000 or later.")
    assert early.number is None


def test_it_is_pushed_and_read_back(fault_remote):
    pair = Pair(fault_remote, config={"name": "day", "type": "date"})
    pair.give(LEAP_DAY)

    jobs.push_sample(str(pair.sample.pk))

    assert pair.there == LEAP_DAY
    assert Delivery.objects.get().state == Delivery.State.CONFIRMED


def test_a_dataset_that_asks_for_it_is_reviewed_and_exported(browser_of, workspace):
    template = make_prompt(
        workspace=workspace, type="template", format="json", content='{"day": {{day}}}'
    )
    dataset = make_dataset(workspace=workspace, result_template=template)
    day = make_variable(dataset=dataset, name="day", type="date")
    sample = make_sample(dataset=dataset)
    set_value(sample, day, LEAP_DAY, origin="typed", by=None)
    admin: Client = browser_of(Role.ADMIN)

    page = admin.get(reverse("exports:choose", args=[dataset.pk]))

    sample.refresh_from_db()
    assert sample.state == Sample.State.APPROVED
    assert page.status_code == 200
    assert admin.get(reverse("review:list", args=[dataset.pk])).status_code == 200
