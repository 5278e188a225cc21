"""Checks of the child's parts, run in the training environment: `check_training.py FOLDER IMAGE`."""

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor, Trainer

from annotator.training.runner.checkpoints import path_of
from annotator.training.runner.job import Job
from annotator.training.runner.vlm import tiny
from annotator.training.runner.vlm.base import Loaded, four_bits
from annotator.training.runner.vlm.batches import IGNORED, Batcher, Unusable
from annotator.training.runner.vlm.examples import fixed_example
from annotator.training.runner.vlm.memory import (
    BatchTooLarge,
    OutOfMemory,
    batch_and_accumulation,
    memory_errors,
)
from annotator.training.runner.vlm.training import Training

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


def a_test_sample_is_refused_for_its_prompt_not_its_answer(batcher):
    signs = [tiny.IMAGE, tiny.END]
    batcher.check_prompt(example(answer=f"a {tiny.END} b"), signs)
    assert tiny.IMAGE in refusal(Unusable, batcher.check_prompt, example(user=tiny.IMAGE), signs)
    gone = example()
    gone.parts[0]["path"] = "gone.png"
    assert "cannot be prepared" in refusal(Unusable, batcher.check_prompt, gone, signs)


OUT_OF_MEMORY = [
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("MPS backend out of memory (MPS allocated: 15.05 GB, max allowed: 27.20 GB)."),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    torch.AcceleratorError("CUDA error: out of memory", 2),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
]


def out_of_memory_halves_the_batch_once():
    def run_out(batch_size, *, has_half_batch, error=OUT_OF_MEMORY[0]):
        params = {"batch_size": batch_size, "accumulation": 2}
        job = SimpleNamespace(params=params, has_half_batch=has_half_batch)
        try:
            with memory_errors(job):
                raise error
        except (BatchTooLarge, OutOfMemory) as error:
            return batch_and_accumulation(job), type(error)

    for each in OUT_OF_MEMORY:
        assert run_out(4, has_half_batch=False, error=each) == ((4, 2), BatchTooLarge), each

    assert run_out(5, has_half_batch=False) == ((5, 2), BatchTooLarge)
    assert run_out(5, has_half_batch=True) == ((3, 4), OutOfMemory)
    assert run_out(1, has_half_batch=False) == ((1, 2), OutOfMemory)


def job_of(name, **params):
    """A job in a folder of its own: a full training of the tiny base that would take 30 steps."""
    common = {
        "method": "full",
        "base": "tiny",
        "precision": "float32",
        "seed": 1,
        "save_memory": False,
    }
    common |= {"epochs": 1, "max_steps": 30, "batch_size": 2, "accumulation": 1, "warmup_steps": 0}
    common |= {"weight_decay": 0.0, "evaluate_epochs": 0, "checkpoint_steps": 2, "devices": 1}
    inside = folder.with_name(name)
    inside.mkdir()
    (inside / "job.json").write_text(json.dumps({"params": common | params}))
    return Job(inside)


def train(job, batcher):
    """(steps done, validation loss by step, the model); it learns one answer and is asked for another."""
    os.chdir(job.folder)  # as the app's child
    model = AutoModelForImageTextToText.from_pretrained(folder)
    base = Loaded(model, batcher.processor, "tiny", folder, {})
    rows = [example().row | {"id": str(number)} for number in range(4)]
    other = [example(answer="no").row]
    steps = Training(job, base, model, batcher, rows, other, evaluate=print).run()
    events = map(json.loads, (job.folder / "events.jsonl").read_text().splitlines())
    losses = {e["step"]: e["value"] for e in events if e.get("metric") == "loss of validation"}
    return steps, losses, model


def a_rising_validation_loss_ends_the_training_with_the_best_checkpoint(batcher):
    job = job_of("early", patience=2, learning_rate=0.01)
    steps, losses, model = train(job, batcher)
    best = min(losses, key=losses.get)
    assert steps == best + 2 * 2 < 30, (steps, losses)
    kept = load_file(path_of(job.folder, best) / "model.safetensors")
    weights = model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in kept.items())


def without_patience_it_trains_to_its_end(batcher):
    steps, losses, _ = train(job_of("to-the-end", patience=0, learning_rate=0.01), batcher)
    assert steps == 30
    assert len(losses) == 15


def a_loss_that_is_no_number_ends_the_training(batcher):
    take_step = Trainer.training_step

    def spoil(self, model, *more):
        if self.state.global_step == 4:
            next(model.parameters()).data.fill_(float("nan"))
        return take_step(self, model, *more)

    Trainer.training_step = spoil
    job = job_of("diverging", patience=0, learning_rate=0.01)
    message = refusal(ValueError, train, job, batcher)
    Trainer.training_step = take_step
    assert "loss of step 5 is no number" in message, message
    assert "NaN" not in (job.folder / "events.jsonl").read_text()


def four_bits_need_cuda():
    if not torch.cuda.is_available():
        assert refusal(ValueError, four_bits) == "QLoRA needs a CUDA GPU: choose LoRA."


texts = ["Which colour?", ANSWER, "You see."]
tiny.build(folder, texts, seed=1)
made = Batcher(AutoProcessor.from_pretrained(folder))
the_loss_is_on_the_answer_alone(made)
images_of_every_sample_are_all_there(made)
signs_of_the_base_in_a_text_are_refused(made)
a_test_sample_is_refused_for_its_prompt_not_its_answer(made)
out_of_memory_halves_the_batch_once()
a_rising_validation_loss_ends_the_training_with_the_best_checkpoint(made)
without_patience_it_trains_to_its_end(made)
a_loss_that_is_no_number_ends_the_training(made)
four_bits_need_cuda()
