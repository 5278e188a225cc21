"""The plain script beside which tests/bench/training.py sets the product: `FOLDER STEPS BATCH`."""

import json
import os
import random
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, get_cosine_schedule_with_warmup

os.nice(10)  # as the product's child
folder, steps, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rows = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
rows = [row for row in rows if row["split"] == "train"]
processor = AutoProcessor.from_pretrained(folder / "base")
processor.tokenizer.padding_side = "right"
torch.manual_seed(1)
model = get_peft_model(
    AutoModelForImageTextToText.from_pretrained(folder / "base"),
    LoraConfig(
        r=16,
        lora_alpha=32,
        target_modules=r".*text_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)",
        modules_to_save=["embed_tokens"],
        ensure_weight_tying=True,
        task_type="CAUSAL_LM",
    ),
)
trained = [weight for weight in model.parameters() if weight.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=3e-3, weight_decay=0.0)
schedule = get_cosine_schedule_with_warmup(optimizer, 10, steps)


def texts_of(row):
    question = {
        "role": "user",
        "content": [{"type": "image"}, {"type": "text", "text": row["user"]}],
    }
    answer = {"role": "assistant", "content": [{"type": "text", "text": row["answer"]}]}
    full = processor.apply_chat_template([question, answer], tokenize=False)
    prompt = processor.apply_chat_template([question], tokenize=False, add_generation_prompt=True)
    return full, full[len(prompt) :]


model.train()
started_at = 0.0
for step in range(steps):
    batch = random.Random(step).sample(rows, size)
    texts = [texts_of(row) for row in batch]
    images = [[Image.open(row["images"][0]).convert("RGB")] for row in batch]
    inputs = processor(
        text=[full for full, _ in texts],
        images=images,
        padding=True,
        return_tensors="pt",
        add_special_tokens=False,
    )
    labels = torch.full_like(inputs["input_ids"], -100)
    for number, (_, answer) in enumerate(texts):
        length = len(processor.tokenizer(answer, add_special_tokens=False)["input_ids"])
        end = int(inputs["attention_mask"][number].sum())
        labels[number, end - length : end] = inputs["input_ids"][number, end - length : end]
    loss = model(**inputs, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    float(loss)
    if step == 0:
        started_at = time.process_time()
sys.stdout.write(f"{(steps - 1) / (time.process_time() - started_at)}\n")
