"""Loads an unpacked archive with transformers and peft alone, and answers pictures one by one."""

import json
import sys
from pathlib import Path

from peft import PeftModel
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

folder, pictures = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())


def answers_of(model, processor):
    """What the model writes for each picture."""
    return {key: answer(model.eval(), processor, **picture) for key, picture in pictures.items()}


def answer(model, processor, *, path, question):
    content = [{"type": "image"}, {"type": "text", "text": question}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    with Image.open(path) as image:
        inputs = processor(
            text=[text],
            images=[[image.convert("RGB")]],
            return_tensors="pt",
            add_special_tokens=False,
        )
    output = model.generate(**inputs, do_sample=False, max_new_tokens=40)
    written = output[0, inputs["input_ids"].shape[1] :]
    return processor.tokenizer.decode(written, skip_special_tokens=True).strip()


base = AutoModelForImageTextToText.from_pretrained(folder / "base")
adapter = PeftModel.from_pretrained(base, folder)
merged = AutoModelForImageTextToText.from_pretrained(folder / "merged")
sys.stdout.write(
    json.dumps(
        {
            "adapter": answers_of(adapter, AutoProcessor.from_pretrained(folder)),
            "merged": answers_of(merged, AutoProcessor.from_pretrained(folder / "merged")),
        }
    )
)
