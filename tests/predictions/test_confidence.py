"""Log-probabilities of tokens become confidences of values."""

import math

import pytest

from annotator.predictions.confidence import confidences, member_spans
from annotator.variables import read_config


def spec(name, type_, **fields):
    return read_config({"name": name, "type": type_, **fields})


def test_members_are_found_in_bytes_and_texts_without_their_quotes():
    text = ' {"ä": "né", "b" : [1, {"c": "}"}], "d": 1.5}\n'

    spans = member_spans(text)

    data = text.encode()
    cut = {name: data[start:end].decode() for name, (start, end) in spans.items()}
    assert cut == {"ä": "né", "b": '[1, {"c": "}"}]', "d": "1.5"}


@pytest.mark.parametrize("text", ["", "[1]", '{"a": ', '{"a" 1}', "{", "no", '{"a": 1', "{" * 5000])
def test_anything_else_has_no_members(text):
    assert member_spans(text) == {}


def test_each_type_combines_its_tokens_in_its_own_way():
    tokens = [
        (b'{"a": "', 0.0),
        (b"re", math.log(0.5)),
        (b"d", math.log(0.8)),
        (b'", "t": "', 0.0),
        (b"so", math.log(0.25)),
        (b"so", 0.0),
        (b'", "l": [', 0.0),
        (b"1", math.log(0.7)),
        (b",", 0.0),
        (b"2", math.log(0.3)),
        (b"]}", 0.0),
    ]
    text = b"".join(token for token, _ in tokens).decode()
    specs = [
        spec("a", "string", choices=["red", "blue"]),
        spec("t", "string"),
        spec("l", "array", item_schema={"type": "integer"}),
    ]

    given = confidences(text, tokens, specs)

    assert given == {"a": 0.4, "t": 0.5, "l": 0.3}
    assert confidences(text + " ", tokens, specs) == {}
    assert confidences(text, [], specs) == {}
