"""Templates: every value that is written reads back as the same value."""

import json
import random

import pytest
import yaml
from hypothesis import given, settings

from annotator.variables import RenderRefused, TemplateRefused
from annotator.variables.json_text import same
from annotator.variables.rendering import learn_template, read, render
from tests.variables.strategies import FLOATS, JSON, STRINGS, spec_of

FAST = settings(deadline=None, max_examples=100)

TEXT, OTHER = spec_of("string", "text"), spec_of("string", "other")
SPECS = [
    spec_of("float", "grade", required=True, min_value=0, max_value=10, step_size=0.5),
    spec_of("string", "explain"),
    spec_of("boolean", "sold"),
    spec_of("integer", "count"),
    spec_of("array", "tags"),
    spec_of("object", "more"),
]
FILLED = {
    "grade": 8.5,
    "explain": "a",
    "sold": False,
    "count": 3,
    "tags": ["x", 1.5, None],
    "more": {"no": "yes", "n": 1e22},
}
# docs.ximilar.com/platform/vlm, "Template syntax", verbatim (R-D11).
DOCUMENTED = '{"grade": {{grade}}, "explain": "{{explain}}"}'
TEMPLATES = [
    ("json", '{"a": "{{text}}", "b": {{text}}, "c": ["{{ text }}"], "d": "<{{text}}|{{other}}>"}'),
    (
        "yaml",
        'a: "{{text}}"\nb: {{text}}\nc:\n  - "{{text}}"\n  - [{{text}}]\nd: "<{{text}}|{{other}}>"\n',
    ),
    ("yaml", "a: '{{text}}'\nb: {{ text }}  # a comment\n"),
    ("xml", "<r a=\"{{text}}\" b='{{text}}'>{{text}}<c>{{text}}</c><!-- no -->{{other}} </r>"),
    ("xml", "<r><![CDATA[{{text}}]]></r>"),
    ("csv", 'a,b,c\n{{text}},"{{text}}","<{{text}}|{{other}}>"\n'),
    ("csv", "{{text}}; {{other}}"),
    ("csv", "{{text}}"),
]
PARTS = ['"', "'", "\\", "\n", "\t", "{{text}}", "{% if %}", "]]>", "<b>", "&amp;", "😀", "\x85"]
PARTS += [
    "\u2028",
    "\ufeff",
    "\x07",
    "\x7f",
    "\x1b",
    ",",
    ";",
    ": ",
    " #",
    "- ",
    "|",
    ">",
    "%",
    "a",
    " ",
]
WORDS = [
    "no",
    "null",
    "~",
    "true",
    "1.0",
    "0x1f",
    "1e3",
    "2020-01-01",
    "12:30",
    "=1+1",
    "y",
    "<<",
    "*a",
]
WORDS += [
    "[1]",
    "{}",
    "---",
    "...",
    "!!int 3",
    "&a b",
    "?",
    "@x",
    "`x`",
    "a: b",
    "a #b",
    "- a",
    ".inf",
]
random_parts = random.Random(20)
NASTY = [*PARTS, *WORDS] + [
    "".join(random_parts.choices(PARTS, k=random_parts.randint(2, 8))) for _ in range(200)
]
STRINGS_TO_TRY = [text for text in dict.fromkeys(NASTY) if text.strip()]


def learn(text, format_name, specs=(TEXT, OTHER)):
    return learn_template(text, format_name, specs)


def is_xml_text(text):
    return all(ord(c) >= 32 or c in "\t\n" for c in text)


@pytest.mark.parametrize(("format_name", "text"), TEMPLATES)
def test_nasty_texts_are_written_so_that_they_read_back(format_name, text):
    template = learn(text, format_name)
    assert len(STRINGS_TO_TRY) > 200

    for nasty in STRINGS_TO_TRY:
        values = {"text": nasty, "other": "x"}
        if format_name == "xml" and not is_xml_text(nasty):
            with pytest.raises(RenderRefused) as caught:
                render(template, values)
            assert caught.value.name == "text"
            continue
        reading = read(template, render(template, values))
        assert reading.problems == {}, (nasty, reading)
        assert reading.values["text"] == nasty


@FAST
@given(STRINGS)
def test_any_text_is_rendered_or_refused_by_name(text):
    value = TEXT.check(text)
    for format_name, source in TEMPLATES:
        template = learn(source, format_name)
        try:
            written = render(template, {"text": value})
        except RenderRefused:
            assert format_name == "xml", source
            assert not is_xml_text(value)
        else:
            assert read(template, written).values["text"] == value


ALL_PLACES = {
    "json": '{"g": {{grade}}, "e": "{{explain}}", "s": {{sold}}, '
    '"c": {{count}}, "t": {{tags}}, "m": {{more}}}',
    "yaml": "g: {{grade}}\ne: {{explain}}\ns: {{sold}}\nc: {{count}}\nt: {{tags}}\nm: {{more}}\n",
    "xml": '<a g="{{grade}}" s="{{sold}}"><e>{{explain}}</e>'
    "<c>{{count}}</c><t>{{tags}}</t><m>{{more}}</m></a>",
    "csv": "g,e,s,c,t,m\n{{grade}},{{explain}},{{sold}},{{count}},{{tags}},{{more}}\n",
    None: "G {{grade}} E {{explain}} S {{sold}} C {{count}} T {{tags}} M {{more}}",
}


@pytest.mark.parametrize("format_name", ALL_PLACES)
def test_values_of_every_type_read_back_in_every_format(format_name):
    template = learn(ALL_PLACES[format_name], format_name, SPECS)

    reading = read(template, render(template, FILLED))

    assert reading.steps == ()
    assert same(reading.values, FILLED)


@pytest.mark.parametrize("format_name", ALL_PLACES)
def test_missing_optional_values_read_back_as_missing(format_name):
    template = learn(ALL_PLACES[format_name], format_name, SPECS)

    reading = read(template, render(template, {"grade": 8}))

    assert reading.problems == {}
    assert reading.values == {**dict.fromkeys(FILLED), "grade": 8.0}


@FAST
@given(FLOATS, JSON)
def test_numbers_and_free_json_read_back(number, free):
    specs = [spec_of("float", "number"), spec_of("array", "free")]
    values = {"number": specs[0].check(number), "free": specs[1].check([free])}
    for format_name, text in [
        ("json", '{"a": {{number}}, "b": {{free}}}'),
        ("yaml", "a: {{number}}\nb: {{free}}"),
        ("csv", "{{number}},{{free}}"),
    ]:
        template = learn(text, format_name, specs)
        assert same(read(template, render(template, values)).values, values)


def test_the_documented_template_is_filled_as_documented():
    template = learn(DOCUMENTED, "json", SPECS[:2])

    assert template.lints == ()
    assert render(template, {"grade": 8, "explain": 'so "good"'}) == (
        '{"grade": 8.0, "explain": "so \\"good\\""}'
    )
    assert render(template, {"grade": 8}) == '{"grade": 8.0, "explain": null}'


def test_other_readers_find_the_same_values():
    for nasty in STRINGS_TO_TRY:
        written = render(learn('{"a": "{{text}}"}', "json"), {"text": nasty})
        assert json.loads(written) == {"a": nasty}
        for text in ("a: {{text}}", 'a: "{{text}}"', "a: '{{text}}'"):
            written = render(learn(text, "yaml"), {"text": nasty})
            assert yaml.safe_load(written) == {"a": nasty}


def test_yaml_blocks_keep_lines_and_refuse_what_they_would_lose():
    template = learn("a: |\n  {{text}}\nb: >\n  {{text}}\n", "yaml")

    assert render(template, {"text": "one\ntwo"}) == "a: |\n  one\n  two\nb: >\n  one\n\n  two\n"
    assert (
        read(template, render(template, {"text": "one\ntwo"})).values["text"].strip() == "one\ntwo"
    )
    with pytest.raises(RenderRefused) as caught:
        render(template, {"text": "one\n\n"})
    assert caught.value.name == "text"


@pytest.mark.parametrize(
    ("format_name", "text", "line", "column", "message"),
    [
        ("json", '{"a": {{text}},\n "b": {{nothing}}}', 2, 7, "There is no variable “nothing”."),
        ("json", '{"a": {{text}},\n "b": }', 2, 7, "Not valid JSON: Expecting value."),
        ("json", '{"a": {{text}},}', 1, 16, "Not valid JSON: Remove the comma"),
        ("json", '{"a": {{text}}', 1, 15, "Not valid JSON"),
        ("json", '{"{{text}}": 1}', 1, 3, "A variable can't be a key."),
        ("json", '{"a": {{text}}, "a": 1}', 1, 7, "“text” stands where nobody reads it"),
        ("json", '{"a": 1{{text}}}', 1, 8, "Not valid JSON"),
        ("yaml", "a: [{{text}}\nb: 1", 2, 2, "Not valid YAML"),
        ("yaml", "a: 1 # {{text}}", 1, 8, "“text” stands where nobody reads it"),
        ("yaml", "{{text}}: 1", 1, 1, "A variable can't be a key."),
        ("yaml", "a: &x {{text}}\nb: *x", 1, 1, "Not valid YAML: Aliases"),
        ("xml", "<a>{{text}}</b>", 1, 14, "Not valid XML: Mismatched tag."),
        ("xml", "<a>é\n é{{text}}<b></a>", 2, 16, "Not valid XML: Mismatched tag."),
        ("xml", "<a><!-- {{text}} --></a>", 1, 9, "“text” stands where nobody reads it"),
        ("xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>{{text}}</a>', 1, 1, "Not valid XML"),
        ("csv", 'a,"{{text}}', 1, 3, "Not valid CSV: The quote is never closed."),
        ("csv", '"a"b,{{text}}', 1, 4, "Not valid CSV: A cell in quotes"),
        ("toml", "", 1, 1, "“toml” is no format."),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_at_its_place(
    format_name, text, line, column, message
):
    with pytest.raises(TemplateRefused) as caught:
        learn(text, format_name)

    assert (caught.value.line, caught.value.column) == (line, column), caught.value
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("format_name", "text", "names"),
    [
        ("json", '{"g": {{grade}}, "e": {{explain}}}', ["explain"]),
        ("json", '{"g": "{{grade}}", "t": "{{tags}}"}', ["grade", "tags"]),
        ("json", '{"g": 1, "g": {{grade}}}', [""]),
        ("yaml", "g: about {{grade}}\n", ["grade"]),
        ("xml", "<g>{{grade}}</g><t>{{tags}}</t>", ["tags", ""]),
        ("csv", "about {{grade}}", ["grade"]),
        (None, "{{grade}}{{explain}}", ["explain"]),
        (None, "{{grade}} {{ 1 }}", [""]),
    ],
)
def test_doubtful_places_are_pointed_out(format_name, text, names):
    lints = [
        lint for lint in learn(text, format_name, SPECS).lints if "nowhere" not in lint.message
    ]

    assert [lint.name for lint in lints] == names


def test_a_variable_that_is_written_nowhere_is_pointed_out():
    lints = learn(DOCUMENTED, "json", SPECS).lints

    assert [lint.name for lint in lints] == ["sold", "count", "tags", "more"]


def test_a_missing_or_illegal_value_is_refused_by_name():
    template = learn(DOCUMENTED, "json", SPECS)

    for values in ({}, {"grade": None}, {"grade": 8.7}, {"grade": "8"}):
        with pytest.raises(RenderRefused) as caught:
            render(template, values)
        assert caught.value.name == "grade"
    assert render(template, {}, is_checked=True) == '{"grade": null, "explain": null}'


def test_values_are_never_looked_at_again():
    template = learn('{"a": "{{text}}", "b": "{{other}}"}', "json")

    written = render(template, {"text": "{{other}}", "other": "x"})

    assert json.loads(written) == {"a": "{{other}}", "b": "x"}
