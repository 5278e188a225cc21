"""The training where the last process has a device that holds so many samples: `FOLDER READER HOLDS`.

With more of them in a batch the fifth step fails as CUDA does.
"""

import sys

import torch
from transformers import Trainer

from annotator.training.runner.vlm import __main__ as program
from annotator.training.runner.vlm import ranks

ranks.PROGRAM = "tests.training.vlm.short_of_memory"
take_step = Trainer.training_step


def training_step(self, model, inputs, *more):
    is_last = ranks.rank() == ranks.world() - 1
    is_due = self.state.global_step >= 4
    if is_last and is_due and len(inputs["input_ids"]) > int(sys.argv[3]):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    return take_step(self, model, inputs, *more)


Trainer.training_step = training_step
sys.exit(program.main())
