"""Loads an unpacked archive with transformers and peft alone, and answers pictures one by one."""

import json
import sys
from pathlib import Path

from peft import PeftModel
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

folder, pictures = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
processor = AutoProcessor.from_pretrained(folder)
model = AutoModelForImageTextToText.from_pretrained(folder / "base")
model = PeftModel.from_pretrained(model, folder).eval()
question = {"type": "text", "text": "Which colour, and is it dark?"}
messages = [{"role": "user", "content": [{"type": "image"}, question]}]
text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
answers = {}
for key, path in pictures.items():
    with Image.open(path) as image:
        inputs = processor(
            text=[text],
            images=[[image.convert("RGB")]],
            return_tensors="pt",
            add_special_tokens=False,
        )
    output = model.generate(**inputs, do_sample=False, max_new_tokens=40)
    written = output[0, inputs["input_ids"].shape[1] :]
    answers[key] = processor.tokenizer.decode(written, skip_special_tokens=True).strip()
sys.stdout.write(json.dumps(answers))
