"""The predictions in an archive, of today's shape and of the first versions."""

import json

from annotator.training.predictions import parse_predictions


def test_a_line_is_a_sample_and_unknown_keys_are_passed_over():
    line = {"id": "1", "name": "one", "values": {"a": 1}, "confidence": {"a": 0.5}, "later": 1}

    (prediction,) = parse_predictions([json.dumps(line) + "\n"])

    assert (prediction.id, prediction.name, prediction.values) == ("1", "one", {"a": 1})
    assert prediction.confidence == {"a": 0.5}
    assert prediction.raw is None


def test_lines_of_the_first_versions_are_joined_by_sample():
    lines = [
        {"id": sample, "variable": name, "expected": 1, "predicted": 2, "score": 0.5}
        for name in ("a", "b")
        for sample in ("1", "2")
    ]

    predictions = list(parse_predictions(map(json.dumps, lines)))

    assert [prediction.id for prediction in predictions] == ["1", "2"]
    assert predictions[0].values == {"a": 2, "b": 2}
    assert predictions[1].scores == {"a": 0.5, "b": 0.5}
