"""A model's output, more or less as asked, and what is read from it."""

import pytest

from annotator.variables import learn_template, names_in, read, render_prompt
from tests.variables.strategies import ROW, spec_of

SPECS = [
    spec_of("float", "grade", required=True, min_value=0, max_value=10, step_size=0.5),
    spec_of("string", "explain"),
    spec_of("string", "condition", choices="mint,near_mint"),
    spec_of("boolean", "sold"),
    spec_of("integer", "count"),
    spec_of("array", "tags", item_schema={"type": "string"}),
]
JSON = '{"grade": {{grade}}, "explain": "{{explain}}"}'
FULL = '{"condition": "{{condition}}", "sold": {{sold}}, "count": {{count}}, "tags": {{tags}}}'


def reading_of(text, output, format_name="json", specs=SPECS):
    return read(learn_template(text, format_name, specs), output)


@pytest.mark.parametrize(
    "output",
    [
        '```json\n{"grade": 8.5, "explain": "a"}\n```',
        'Sure! Here it is:\n```\n{"grade": 8.5, "explain": "a"}\n```\nAnything else?',
        'The answer is {"grade": 8.5, "explain": "a"}. Bye {now}.',
        '{"grade": 8.5, "explain": "a",}',
        '{"grade": "8.5", "explain": "a"}',
        '{"grade": "8,5", "explain": "a"}',
        '{"grade": 8.4, "explain": "a"}',
        '{"Grade": 8.5, "Explain": "a", "more": [1]}',
        '<think>Maybe {"grade": 3}?</think>{"grade": 8.5, "explain": "a"}',
    ],
)
def test_an_output_that_is_nearly_right_is_read(output):
    reading = reading_of(JSON, output)

    assert reading.values == {"grade": 8.5, "explain": "a"}, reading
    assert reading.complete


def test_the_steps_that_were_needed_are_recorded():
    assert reading_of(JSON, '{"grade": 8.5, "explain": "a"}').steps == ()
    assert reading_of(JSON, '```\n{"grade": "8,4", "explain": "a"}\n```').steps == (
        "code fence left out",
        "grade: rounded to steps of 0.5",
    )


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ('"condition": "Near Mint"', {"condition": "near_mint"}),
        ('"condition": "rotten"', "condition"),
        ('"sold": "yes"', {"sold": True}),
        ('"sold": 0', {"sold": False}),
        ('"sold": "perhaps"', "sold"),
        ('"count": "3"', {"count": 3}),
        ('"count": 3.4', {"count": 3}),
        ('"count": "three"', "count"),
        ('"count": {"a": 1}', "count"),
        ('"tags": "a, b"', {"tags": ["a", "b"]}),
        ('"tags": [1, "b"]', {"tags": ["1", "b"]}),
        ('"tags": null', {"tags": None}),
    ],
)
def test_values_are_bent_into_their_type_or_named(part, value):
    reading = reading_of(FULL, f"{{{part}}}")

    if isinstance(value, str):
        assert value in reading.problems
        assert value not in reading.values
    else:
        assert reading.values == value


def test_what_is_not_in_the_output_is_a_problem_of_its_variable():
    reading = reading_of(JSON, '{"explain": "a"}')

    assert reading.values == {"explain": "a"}
    assert set(reading.problems) == {"grade"}
    assert set(reading_of(JSON, '{"grade": null, "explain": "a"}').problems) == {"grade"}


@pytest.mark.parametrize(
    "output", ["", "I can't tell.", '{"grade": 8', "[1]", "\0", "\ud800", "{" * 9000]
)
def test_an_output_without_any_answer_is_a_problem_of_every_variable(output):
    for format_name, text in [
        ("json", JSON),
        ("yaml", "grade: {{grade}}\nexplain: {{explain}}"),
        ("xml", "<a><g>{{grade}}</g><e>{{explain}}</e></a>"),
        ("csv", "grade,explain\n{{grade}},{{explain}}"),
        (None, "Grade {{grade}} because {{explain}}"),
    ]:
        reading = reading_of(text, output, format_name)

        assert not reading.complete
        assert "grade" in reading.problems
        assert "grade" not in reading.values


@pytest.mark.parametrize(
    ("format_name", "text", "output", "values"),
    [
        (
            "yaml",
            "g: {{grade}}\ne: {{explain}}",
            "```yaml\ng: 8\ne: no\n```",
            {"grade": 8.0, "explain": "no"},
        ),
        (
            "yaml",
            "g: {{grade}}\ne: {{explain}}",
            "g: 8.5\ne: 12:30",
            {"grade": 8.5, "explain": "12:30"},
        ),
        ("yaml", "s: {{sold}}", "s: yes", {"sold": True}),
        ("xml", "<a><g>{{grade}}</g></a>", "So: <a>\n <g> 8.5 </g>\n</a> & more", {"grade": 8.5}),
        ("xml", '<a g="{{grade}}"/>', "<a g='8,5'></a>", {"grade": 8.5}),
        (
            "csv",
            "grade,explain\n{{grade}},{{explain}}",
            '8.5,"a, b"',
            {"grade": 8.5, "explain": "a, b"},
        ),
        (
            "csv",
            "g,e\n{{grade}},{{explain}}\n",
            "```csv\ng,e\n\n8.5, a\n```",
            {"grade": 8.5, "explain": "a"},
        ),
        (
            None,
            "Grade {{grade}} because {{explain}}.",
            "grade  8.5\nBecause a.",
            {"grade": 8.5, "explain": "a"},
        ),
        (None, "Grade: {{grade}}\n", "Grade: 8.5", {"grade": 8.5}),
    ],
)
def test_every_format_is_read_with_some_tolerance(format_name, text, output, values):
    assert reading_of(text, output, format_name).values == values


@pytest.mark.parametrize(
    ("format_name", "text", "output"),
    [
        ("yaml", "a: {{explain}}", "x: &x [lol, lol]\na: &y [*x, *x]\nb: [*y, *y]"),
        ("yaml", "a: {{explain}}", "a: " + "[" * 50_000),
        ("yaml", "a: {{explain}}", "a: !!python/object/apply:os.system ['true']"),
        ("xml", "<a>{{explain}}</a>", '<!DOCTYPE a [<!ENTITY x "lol">]><a>&x;</a>'),
        ("xml", "<a>{{explain}}</a>", "<a>" * 60_000),
        ("json", '{"a": {{explain}}}', '{"a": ' * 30_000),
        ("csv", "a\n{{explain}}", "```\n" + '"' * 150_001),
        (None, "So: {{explain}} end", "so: " + " " * 150_000),
    ],
)
def test_hostile_outputs_are_refused_unharmed(format_name, text, output):
    assert reading_of(text, output, format_name).values == {}


def test_rows_of_a_table_are_read_field_by_field():
    spec = spec_of("array", "lines", item_schema=ROW)

    reading = reading_of(
        '{"l": {{lines}}}', '{"l": [{"what": "a", "count": "2", "x": 1}]}', specs=[spec]
    )

    assert reading.values == {"lines": [{"what": "a", "count": 2}]}
    assert reading.steps == ("lines: text read as a number, unknown fields left out",)


def test_a_prompt_is_filled_once_and_names_what_is_missing():
    prompt = render_prompt(
        "Analyse the image[s] of {{ category }} {{style}} {{size}} {{n}} {% x %} {{ 'a'.b }} {{category}}",
        {"category": "{{style}}", "style": "", "n": 3},
    )

    assert prompt.text == "Analyse the image[s] of {{style}}   3 {% x %} {{ 'a'.b }} {{style}}"
    assert prompt.missing == ("style", "size")


def test_names_are_found_once_each_and_brackets_are_text():
    assert names_in("Analyse the image[s]... {{b}} {{ a }} {{b}} {{ 2a }} {c}") == ["b", "a"]
