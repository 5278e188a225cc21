"""How long the answers are: in the base's own tokens, else estimated."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from array import array
from collections import Counter
from pathlib import Path

from django.conf import settings

from annotator.training import venv
from annotator.training.bases import Facts
from annotator.training.environment import child_environment
from annotator.training.preflight.findings import NAMED, Named, Preflight

BYTES_PER_TOKEN = 3  # an estimate: 4 letters of English, fewer of JSON and other languages
MOST_BYTES = 5_000_000  # of answers that the tokenizer is asked about
TIMEOUT_SECONDS = 10  # of the process that counts
PROGRAM = "annotator.training.runner.vlm.lengths"
BINS = 8


def estimated_tokens(text: str) -> int:
    """How many tokens a model may need for the text; no tokenizer is asked."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


class AnswerLengths:
    """Collects the answers of all rendered samples; counts their tokens at the end.

    The tokenizer of the base runs in a process of the training environment, so that this one neither
    imports its library nor holds its vocabulary.
    """

    def __init__(self, facts: Facts | None) -> None:
        self._facts = facts
        self._named: list[Named] = []
        self._estimates = array("L")
        self._answers = bytearray()
        self._tokenizer = facts.tokenizer if facts and venv.environment().is_installed else None

    def add(self, named: Named, answer: str) -> None:
        """One more sample's answer."""
        self._named.append(named)
        self._estimates.append(estimated_tokens(answer))
        if self._tokenizer and len(self._answers) <= MOST_BYTES:
            self._answers += json.dumps(answer).encode() + b"\n"

    def report(self, result: Preflight, max_tokens: int) -> None:
        """The histogram, and the answers that the model could not write to their end."""
        counts = self._counted()
        tokens = counts or list(self._estimates)
        by_whom = (
            f"by the tokenizer of {self._facts.name}" if counts and self._facts else "estimated"
        )
        result.lengths = histogram(Counter(tokens))
        result.lengths_title = f"Samples by tokens of the answer, {by_whom}"
        too_long = [
            named for named, number in zip(self._named, tokens, strict=True) if number > max_tokens
        ]
        if too_long:
            s, be = ("", "is") if len(too_long) == 1 else ("s", "are")
            how = by_whom if counts else f"estimated from {BYTES_PER_TOKEN} bytes per token"
            text = (
                f"The answer{s} of {len(too_long):,} sample{s} {be if counts else 'may be'} longer than the"
                f" task's maximum of {max_tokens:,} tokens ({how}): the model could not end them."
            )
            result.informs(text, samples=tuple(too_long[:NAMED]))

    def _counted(self) -> list[int]:
        """Empty where the tokenizer can't be asked, or does not respond in time."""
        if not self._tokenizer or not self._named or len(self._answers) > MOST_BYTES:
            return []
        command = [str(venv.environment().python), "-m", PROGRAM, str(self._tokenizer)]
        with tempfile.TemporaryDirectory() as home:
            variables = child_environment(
                os.environ, folder=Path(home), code=settings.BASE_DIR, threads=1
            )
            try:
                done = subprocess.run(
                    command,
                    input=self._answers,
                    capture_output=True,
                    env=variables | {"TOKENIZERS_PARALLELISM": "false"},
                    timeout=TIMEOUT_SECONDS,
                    check=True,
                )
            except (OSError, subprocess.SubprocessError):
                return []
        counts = [int(line) for line in done.stdout.split()]
        return counts if len(counts) == len(self._named) else []


def histogram(lengths: Counter[int]) -> list[tuple[str, int]]:
    """The counts in BINS equal spans from 1 to the largest; fewer where it is small."""
    if not lengths:
        return []
    width = -(-max(lengths) // BINS) or 1
    counts: Counter[int] = Counter()
    for tokens, number in lengths.items():
        counts[max(tokens - 1, 0) // width] += number
    return [
        (f"{at * width + 1:,}–{(at + 1) * width:,}", counts[at]) for at in range(max(counts) + 1)
    ]
