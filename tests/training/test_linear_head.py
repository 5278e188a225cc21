"""The line through image features: what it predicts, how sure it is, and when the baseline takes it."""

import json
import math

import numpy as np
import pytest

from annotator.training.backends.baseline import Baseline
from annotator.training.runner.baseline import Split, best_head, read_linear, save_model
from annotator.training.runner.baseline_predict import Model
from annotator.training.runner.job import JobSample
from annotator.training.runner.linear import STRENGTHS, fit, ridge
from annotator.variables import read_remote_config

GRADE = {"name": "grade", "type": "float", "min_value": 0, "max_value": 10, "step_size": 0.5}
GRADE = read_remote_config(GRADE)
KIND = read_remote_config({"name": "kind", "type": "string", "choices": ["a", "b", "c"]})
NOTE = read_remote_config({"name": "note", "type": "string"})


def rows(number, *, seed=1, size=12):
    """Features of length 1 in which the first entry rises, everything else is chance."""
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(number, size))
    features[:, 0] = chance.uniform(-5, 5, number)
    return features.astype(np.float32)


def grades(features):
    return [float(np.clip(round(2 * (5 + each)) / 2, 0, 10)) for each in features[:, 0]]


class Job:
    """A job that keeps what it is told."""

    def __init__(self, folder=None):
        self.params = {each.name: each.default for each in Baseline().parameters}
        self.folder, self.messages = folder, []

    def metric(self, *_):
        pass

    def progress(self, _step, _steps, message):
        self.messages.append(message)


def split(features, **values):
    samples = [
        JobSample(str(place), [], {name: given[place] for name, given in values.items()})
        for place in range(len(features))
    ]
    return Split(samples, features)


@pytest.mark.parametrize("number", [8, 40])  # fewer samples than features, and more
def test_what_is_predicted_of_a_left_out_row_is_what_a_fit_without_it_predicts(number):
    features = rows(number).astype(np.float64)
    targets = features[:, :1] * 2 + 1 + np.random.default_rng(2).normal(size=(number, 1))
    variance = np.mean(np.linalg.svd(features - features.mean(0))[1][: number - 1] ** 2)

    _, _, left_out = ridge(features, targets)

    tried = [fits_without_each(features, targets, each * variance) for each in STRENGTHS]
    best = min(tried, key=lambda predicted: np.mean((predicted - targets) ** 2))
    assert left_out == pytest.approx(best)


def fits_without_each(features, targets, strength):
    """What is predicted of each row by a fit of the others, one fit for each."""
    predicted = []
    for row in range(len(features)):
        others, known = np.delete(features, row, 0), np.delete(targets, row, 0)
        middle = others - others.mean(0)
        square = middle.T @ middle + strength * np.eye(features.shape[1])
        weights = np.linalg.solve(square, middle.T @ (known - known.mean()))
        predicted.append((features[row] - others.mean(0)) @ weights + known.mean())
    return np.array(predicted)


def test_a_number_is_predicted_with_how_probable_it_is_to_be_at_most_a_step_away():
    features = rows(200)
    head, left_out = fit(GRADE, features, grades(features))
    new = rows(100, seed=2)

    predicted = head.predict(GRADE, new)

    errors = [abs(value - true) for (value, _), true in zip(predicted, grades(new), strict=True)]
    near = np.mean([error <= 0.5 for error in errors])
    assert near > 0.9
    assert abs(np.mean([confidence for _, confidence in predicted]) - near) < 0.1
    assert {value for value, _ in predicted} <= set(grades(features))
    assert np.mean(np.abs(np.array(left_out) - grades(features))) < 0.5


def test_a_class_is_predicted_with_a_probability_that_chance_makes_small():
    features = rows(150)
    kinds = ["abc"[min(2, int((each + 5) / 3.4))] for each in features[:, 0]]
    shuffled = list(np.random.default_rng(3).permutation(kinds))
    new = rows(60, seed=2)

    sure = fit(KIND, features, kinds)[0].predict(KIND, new)
    unsure = fit(KIND, features, [str(each) for each in shuffled])[0].predict(KIND, new)

    right = ["abc"[min(2, int((each + 5) / 3.4))] for each in new[:, 0]]
    assert np.mean([value == true for (value, _), true in zip(sure, right, strict=True)]) > 0.7
    assert np.mean([confidence for _, confidence in sure]) > 0.6
    assert np.mean([confidence for _, confidence in unsure]) < 0.5


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        (NOTE, ["x", "y"] * 10),  # a text is no class
        (KIND, ["a"] * 20),
        (KIND, ["a", "b"] + [None] * 18),
    ],
)
def test_there_is_no_line_where_there_is_nothing_to_learn(spec, values):
    assert fit(spec, rows(20), values) is None


def test_equal_pictures_of_different_values_break_nothing():
    head, _ = fit(GRADE, np.ones((20, 4), dtype=np.float32), [2.0, 8.0] * 10)

    [(value, confidence)] = head.predict(GRADE, np.ones((1, 4), dtype=np.float32))

    assert value in {2.0, 8.0}
    assert 0 <= confidence < 0.5
    assert not math.isnan(confidence)


def test_each_variable_gets_the_better_head_and_a_saved_model_predicts_the_same(tmp_path):
    angles = np.linspace(0, 6.28, 60)
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    known = split(
        features,
        grade=[round(10 + 10 * float(x)) / 2 for x, _ in features],
        kind=["a" if x * y > 0 else "b" for x, y in features],  # no line parts these
        note=["long" if x > 0 else "short" for x, _ in features],  # a text: neighbours alone
    )
    job = Job(tmp_path)

    specs = [GRADE, KIND, NOTE]
    heads = {spec.name: best_head(job, spec, known, step=1, steps=3) for spec in specs}
    save_model(job, known, heads)
    row = Model(tmp_path / "model").predict(specs, features[:2])[1]

    assert job.messages[0] == "grade: a line"
    assert all("neighbours" in message for message in job.messages[1:])
    [_, (value, confidence)] = heads["grade"].predict(GRADE, features[:2])
    assert row["values"] == {"grade": value, "kind": "a", "note": "long"}
    assert row["values"]["grade"] == 10
    assert row["confidence"]["grade"] == pytest.approx(confidence, abs=1e-3)


def test_a_version_from_before_there_were_lines_predicts_by_its_neighbours(tmp_path):
    known, job = split(rows(20), kind=["a", "b"] * 10), Job(tmp_path)
    save_model(job, known, {"kind": 3})
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    del config["linear"]
    (tmp_path / "model" / "config.json").write_text(json.dumps(config))

    assert read_linear(tmp_path / "model", config) == {}
    assert (
        Model(tmp_path / "model").predict([KIND], known.features[:1])[0]["values"]["kind"] in "ab"
    )
