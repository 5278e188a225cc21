"""Findings about the data as a whole: lengths, leaks between train and test, values that teach nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annotator.datasets.models import Dataset, Variable
from annotator.images.looks import looks, near_pairs
from annotator.training.preflight.findings import NAMED, Preflight, gallery
from annotator.training.preflight.seen import Seen
from annotator.ui.words import percent
from annotator.variables import Metric

ENOUGH_TESTS = 20  # test samples below which a score is hardly more than a guess
IMBALANCED = 0.9  # the share of one value that hides the others
LOOKING_SECONDS = 1.0  # for pictures whose look is not known yet, of one check
FEW = 3  # training samples of a value that is hardly learned


def check_test_set(result: Preflight, datasets: Sequence[Dataset]) -> None:
    """None at all, or a tiny one."""
    url = gallery(datasets[0], split="test") if len(datasets) == 1 else ""
    if result.train and not result.test:
        every = gallery(datasets[0], split="train") if len(datasets) == 1 else ""
        result.informs("No test samples: the new version will not be evaluated.", url=every)
    elif 0 < result.test < ENOUGH_TESTS:
        one = percent(1 / result.test)
        result.informs(
            f"Only {result.test} test sample{_s(result.test)}: a single one changes a score by {one}. Mark"
            f" {ENOUGH_TESTS} or more.",
            url=url,
        )


def check_leaks(result: Preflight, seen: Sequence[Seen]) -> None:
    """The same picture in train and test: the score would say how well it is remembered."""
    trained = set().union(*(one.train_images for one in seen))
    leaked = [
        named for one in seen for sha256, named in one.test_images.items() if sha256 in trained
    ]
    if leaked:
        samples = list(dict.fromkeys(leaked))
        result.informs(
            f"{len(leaked):,} picture{_s(len(leaked))} of test samples"
            f" {'is' if len(leaked) == 1 else 'are'} also trained on: the scores would be too good.",
            samples=tuple(samples[:NAMED]),
        )


def check_near(result: Preflight, seen: Sequence[Seen]) -> None:
    """Pictures in train and test that look the same: scaled, saved anew, or taken a moment later."""
    trained = set().union(*(one.train_images for one in seen))
    tested = {sha256: named for one in seen for sha256, named in one.test_images.items()}
    others = tested.keys() - trained  # the same file is said by check_leaks
    known = looks([*trained, *others], seconds=LOOKING_SECONDS)
    pairs = near_pairs(
        {sha256: known[sha256] for sha256 in others & known.keys()},
        {sha256: known[sha256] for sha256 in trained & known.keys()},
    )
    near = list(dict.fromkeys(tested[sha256] for sha256, _ in pairs))
    if near:
        have = "sample has" if len(near) == 1 else "samples have"
        result.informs(
            f"{len(near):,} test {have} a picture that looks like one that is trained on: the scores may be"
            " too good.",
            samples=tuple(near[:NAMED]),
        )
    if rest := len(trained | others) - len(known):
        result.informs(
            f"{rest:,} picture{_s(rest)} of train and test {'was' if rest == 1 else 'were'} not compared by"
            " their look yet: check again to go on."
        )


def check_signs(result: Preflight, dataset: Dataset, seen: Seen) -> None:
    """Texts with a sign of the base's own: their samples are left out."""
    for sign, samples in seen.by_sign.items():
        trained, tested = seen.signs[sign, False], seen.signs[sign, True]
        result.train -= trained
        result.test -= tested
        result.excluded += trained + tested
        number = trained + tested
        result.informs(
            f"{number:,} sample{_s(number)} of {dataset.name} {'is' if number == 1 else 'are'} left out: a"
            f" text holds {sign}, which the base's tokenizer takes for a sign of its own.",
            samples=tuple(samples),
        )


def check_values(result: Preflight, dataset: Dataset, seen: Seen) -> None:
    """Variables with one value, one value for almost all samples, and values that are hardly there."""
    for variable in seen.variables:
        counts = seen.values.get(variable.name)
        if not counts or counts.total() < FEW:
            continue
        url = gallery(dataset, split="train", **{f"v.{variable.name}.is": "set"})
        if len(counts) == 1:
            result.informs(
                f"All {counts.total():,} training samples of {dataset.name} have the same value for"
                f" {variable.name}: there is nothing to learn.",
                url=url,
            )
        elif variable.spec.type_rules.metric == Metric.EXACT:
            _check_classes(result, dataset, variable, counts)


def _check_classes(
    result: Preflight, dataset: Dataset, variable: Variable, counts: Counter[object]
) -> None:
    value, number = counts.most_common(1)[0]
    if number / counts.total() >= IMBALANCED and counts.total() >= ENOUGH_TESTS:
        result.informs(
            f"{percent(number / counts.total())} of the training samples of {dataset.name} have"
            f" “{_text(value)}” for {variable.name}: the others are hardly learned.",
            url=gallery(dataset, split="train", **{f"v.{variable.name}": _operand(value)}),
        )
    rare = sorted((_text(value), value) for value, count in counts.items() if count < FEW)
    if rare and counts.total() >= ENOUGH_TESTS:
        names = ", ".join(f"“{text}”" for text, _ in rare[:NAMED]) + (
            f" and {len(rare) - NAMED} more" if len(rare) > NAMED else ""
        )
        result.informs(
            f"{variable.name} of {dataset.name} has fewer than {FEW} training samples for {names}.",
            url=gallery(dataset, split="train", **{f"v.{variable.name}": _operand(rare[0][1])}),
        )


def _operand(value: object) -> str:
    """As the gallery's address has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _s(number: int) -> str:
    return "" if number == 1 else "s"
