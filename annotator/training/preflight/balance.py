"""Findings about the data as a whole: lengths, leaks between train and test, values that teach nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from annotator.datasets.models import Dataset, Variable
from annotator.training.preflight.findings import NAMED, Preflight, gallery
from annotator.training.preflight.seen import BYTES_PER_TOKEN, Named, Seen
from annotator.ui.words import percent
from annotator.variables import Metric

ENOUGH_TESTS = 20  # test samples below which a score is hardly more than a guess
IMBALANCED = 0.9  # the share of one value that hides the others
FEW = 3  # training samples of a value that is hardly learned
BINS = 8


def check_lengths(result: Preflight, seen: Sequence[Seen], max_tokens: int) -> None:
    """Answers that the model could not write to their end, and the histogram of all."""
    lengths: Counter[int] = sum((one.lengths for one in seen), Counter())
    result.lengths = histogram(lengths)
    number = sum(count for tokens, count in lengths.items() if tokens > max_tokens)
    if number:
        result.informs(
            f"The answer{_s(number)} of {number:,} sample{_s(number)} may be longer than the task's"
            f" maximum of {max_tokens:,} tokens (estimated from {BYTES_PER_TOKEN} bytes per token): the"
            " model could not end them.",
            samples=_first(one.too_long for one in seen),
        )


def histogram(lengths: Counter[int]) -> list[tuple[str, int]]:
    """The counts in BINS equal spans from 1 to the largest; fewer where it is small."""
    if not lengths:
        return []
    width = -(-max(lengths) // BINS)
    counts: Counter[int] = Counter()
    for tokens, number in lengths.items():
        counts[max(tokens - 1, 0) // width] += number
    return [
        (f"{at * width + 1:,}–{(at + 1) * width:,}", counts[at]) for at in range(max(counts) + 1)
    ]


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


def _first(lists: Iterable[list[Named]]) -> tuple[Named, ...]:
    return tuple(islice(chain.from_iterable(lists), NAMED))


def _s(number: int) -> str:
    return "" if number == 1 else "s"
