"""A tiny Idefics3, SmolVLM's architecture, built on the spot: tries the whole path, learns little.

1.1 million weights from chance, a vocabulary of the job's own texts. Built once per job folder, so a run that
goes on finds the base that it began with.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from annotator.training.runner.vlm.signs import (
    AROUND,
    END,
    GLOBAL,
    IMAGE,
    IMAGE_PX,
    IMAGE_TOKENS,
    LENGTH,
    PAD,
    PATCH_PX,
    SCALE,
    SIGNS,
    START,
)

VOCABULARY = 512
COMPLETE = "complete"  # the file that is written last
TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}:"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>{% else %}"
    "{{ part['text'] }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)


def build(folder: Path, texts: Iterable[str], *, seed: int) -> None:
    """Write the base to `folder` as `save_pretrained` lays it out; nothing when it is there already."""
    if (folder / COMPLETE).exists():
        return
    tokenizer = train_tokenizer(texts)
    torch.manual_seed(seed)
    model = Idefics3ForConditionalGeneration(config_for(tokenizer))
    model.generation_config = GenerationConfig(
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    images = Idefics3ImageProcessorPil(
        do_image_splitting=False,
        size={"longest_edge": IMAGE_PX},
        max_image_size={"longest_edge": IMAGE_PX},
    )
    processor = Idefics3Processor(images, tokenizer, image_seq_len=IMAGE_TOKENS)
    processor.chat_template = TEMPLATE
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    images.save_pretrained(folder)
    (folder / COMPLETE).touch()


def train_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """A byte-level vocabulary of the words that occur."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SIGNS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=START,
        eos_token=END,
        additional_special_tokens=[AROUND, IMAGE, GLOBAL],
        model_max_length=LENGTH,
    )


def config_for(tokenizer: PreTrainedTokenizerFast) -> Idefics3Config:
    """Sizes that learn solid colours in seconds on a processor."""
    special = {
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    vision = {
        "hidden_size": 96,
        "intermediate_size": 192,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "image_size": IMAGE_PX,
        "patch_size": PATCH_PX,
    }
    text = {
        "model_type": "llama",
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": LENGTH,
        "tie_word_embeddings": True,
        **special,
    }
    return Idefics3Config(
        vision_config=vision,
        text_config=text,
        scale_factor=SCALE,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        tie_word_embeddings=True,
        pad_token_id=special["pad_token_id"],
    )
