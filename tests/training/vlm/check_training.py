"""Checks of the child's parts, run in the training environment: `check_training.py FOLDER IMAGE`."""

import sys
from pathlib import Path
from types import SimpleNamespace

from transformers import AutoProcessor

from annotator.training.runner.vlm import tiny
from annotator.training.runner.vlm.batches import IGNORED, Batcher, Unusable
from annotator.training.runner.vlm.examples import fixed_example
from annotator.training.runner.vlm.training import OutOfMemory, Training

folder, image = Path(sys.argv[1]), sys.argv[2]
ANSWER = '{"colour": "red"}'


def example(images=1, answer=ANSWER, user="Which colour?"):
    part = {"path": image, "text": None, "resize": None, "box": None}
    row = {"id": "1", "type": "multi_ordered", "parts": [part] * images, "system": "You see."}
    return fixed_example(row | {"user": user, "answer": answer})


def refusal(kind, call, *arguments):
    """The text of the error that the call raises."""
    try:
        call(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")


def the_loss_is_on_the_answer_alone(batcher):
    examples = [example(), example(images=3, answer="no"), example(images=0)]
    batch = batcher.for_training(examples)
    tokenizer = batcher.processor.tokenizer
    for number, one in enumerate(examples):
        kept = batch["labels"][number] != IGNORED
        text = tokenizer.decode(batch["labels"][number][kept])
        assert text.strip() == one.row["answer"] + tiny.END, text
        assert (batch["input_ids"][number][kept] == batch["labels"][number][kept]).all()


def images_of_every_sample_are_all_there(batcher):
    batch = batcher.for_training([example(images=3), example()])
    sign = batcher.processor.tokenizer.convert_tokens_to_ids(tiny.IMAGE)
    counts = (batch["input_ids"] == sign).sum(dim=1).tolist()
    assert counts == [3 * tiny.IMAGE_TOKENS, tiny.IMAGE_TOKENS], counts


def signs_of_the_base_in_a_text_are_refused(batcher):
    for sign in (tiny.IMAGE, tiny.END):
        one = example(answer=f"a {sign} b")
        assert sign in refusal(Unusable, batcher.length, one, [tiny.IMAGE, tiny.END])


def out_of_memory_halves_the_batch_once():
    tried = []

    class Failing(Training):
        fails = 1

        def _train(self, batch, accumulation):
            tried.append((batch, accumulation))
            if len(tried) <= self.fails:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")
            return 7

    job = SimpleNamespace(params={"batch_size": 8, "accumulation": 2})
    training = Failing(job, None, None, None, [], [], evaluate=print)
    assert training.run() == 7
    assert tried == [(8, 2), (4, 4)], tried
    tried.clear()
    training.fails = 2
    assert "batch size of 1" in refusal(OutOfMemory, training.run)


texts = ["Which colour?", ANSWER, "You see."]
tiny.build(folder, texts, seed=1)
made = Batcher(AutoProcessor.from_pretrained(folder))
the_loss_is_on_the_answer_alone(made)
images_of_every_sample_are_all_there(made)
signs_of_the_base_in_a_text_are_refused(made)
out_of_memory_halves_the_batch_once()
