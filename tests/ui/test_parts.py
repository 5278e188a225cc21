"""Template tags and parts, drawn as pages draw them."""

from datetime import timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone

from annotator.ui.charts import bar_chart, line_chart, sparkline, stacked


def draw(source, **context):
    return Template(source).render(Context(context))


class CardForm(forms.Form):
    name = forms.CharField(max_length=12, help_text="As printed.")
    condition = forms.ChoiceField(
        choices=[("mint", "Mint"), ("poor", "Poor")], widget=forms.RadioSelect
    )
    is_test = forms.BooleanField(label="Keep for the test", required=False)


def test_a_state_is_a_shape_and_a_word():
    badge = draw('{% state "submitted" "To review" %}')

    assert "#i-circle-dot" in badge
    assert "To review" in badge
    assert "badge info" in badge


def test_a_moment_keeps_its_exact_time():
    moment = timezone.now() - timedelta(minutes=3)

    assert f'datetime="{moment.isoformat()}"' in draw("{% ago moment %}", moment=moment)
    assert draw("{% ago moment %}", moment=None) == "never"


def test_a_text_field_has_its_label_help_and_counter():
    html = draw("{% field form.name %}", form=CardForm())

    assert '<label for="id_name">' in html
    assert 'id="id_name_helptext"' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert 'data-counter="id_name"' in html


def test_a_wrong_field_points_at_its_error():
    html = draw("{% field form.name %}", form=CardForm({"name": ""}))

    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert "id_name_error" in html.split("aria-describedby=")[1].split(">")[0]


def test_choices_are_chips_in_a_named_group():
    html = draw("{% field form.condition %}", form=CardForm())

    assert html.count('class="chip"') == 2
    assert "<legend>" in html
    assert "<fieldset" in html


def test_a_single_checkbox_stands_before_its_label():
    html = draw("{% field form.is_test %}", form=CardForm())

    assert html.index('type="checkbox"') < html.index("Keep for the test")


def test_progress_without_a_total_is_indeterminate():
    html = render_to_string("parts/_progress.html", {"label": "Counting", "total": None})

    assert "value=" not in html


def test_progress_tells_what_is_left():
    context = {"label": "Reading", "value": 61, "total": 200, "seconds_left": 185}

    html = render_to_string("parts/_progress.html", context)

    assert 'max="200" value="61"' in html
    assert "about 3" in html


@pytest.mark.parametrize(
    ("part", "context"),
    [
        ("_chart_line", {"chart": line_chart({"loss": [(0, 2.5), (1, 1.25)]}, x_name="step")}),
        ("_chart_line", {"chart": None}),
        ("_chart_bars", {"chart": bar_chart([("grade", 0.5)])}),
        ("_chart_bars", {"chart": []}),
        ("_sparkline", {"spark": sparkline([1, 2]), "label": "A day"}),
        ("_stacked", {"parts": stacked([("approved", "Approved", 3)]), "label": "Cards"}),
    ],
)
def test_a_chart_says_in_words_what_it_shows(part, context):
    html = render_to_string(f"parts/{part}.html", {"title": "Loss", **context})

    assert html.strip()
    assert ("Loss" in html) or ("aria-label" in html)
    assert "style=" not in html
