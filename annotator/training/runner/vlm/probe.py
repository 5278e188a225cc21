"""`python -m annotator.training.runner.vlm.probe`: the device as JSON, for training_doctor."""

from __future__ import annotations

import json
import sys

from annotator.training.runner.vlm.device import describe

if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe()))
