"""`python -m annotator.training.runner.vlm.lengths TOKENIZER`: how many tokens each text has.

Reads a JSON string a line, writes a number a line. Needs the tokenizers library alone: no torch.
"""

from __future__ import annotations

import json
import sys
from itertools import islice

from tokenizers import Tokenizer

BATCH = 500  # texts


def main() -> None:
    """Count all of standard input."""
    tokenizer = Tokenizer.from_file(sys.argv[1])
    while texts := [json.loads(line) for line in islice(sys.stdin, BATCH)]:
        encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
        sys.stdout.writelines(f"{len(one.ids)}\n" for one in encoded)


if __name__ == "__main__":
    main()
