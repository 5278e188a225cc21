"""`make_base.py FAMILY FOLDER`, in the training environment: a tiny base of the family, random weights."""

import sys
from pathlib import Path

import torch
from transformers import (
    CLIPVisionConfig,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3Processor,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

from annotator.training.runner.vlm import tiny

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ message['role'] }}:"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE{% else %}"
    "{{ part['text'] }}{% endif %}{% endfor %}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
TEXTS = [
    "Which colour, and is it dark?",
    '{"colour": "red", "dark": false}',
    "green blue grey true",
]
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
QWEN_VISION = {
    "depth": 2,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_heads": 2,
    "out_hidden_size": 32,
    "num_position_embeddings": 16,
    "deepstack_visual_indexes": [0],
}
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}


def tokenizer_with(image_token, **extra):
    """The tiny base's vocabulary, with the image token of the family."""
    trained = tiny.train_tokenizer(TEXTS)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained.backend_tokenizer,
        pad_token=tiny.PAD,
        bos_token=tiny.START,
        eos_token=tiny.END,
        extra_special_tokens={"image_token": image_token, **extra},
        model_max_length=1024,
    )
    tokenizer.chat_template = TEMPLATE.replace("IMAGE", extra.get("boi_token", image_token))
    return tokenizer


def llava():
    tokenizer = tokenizer_with("<image>")
    ids = {"pad_token_id": tokenizer.pad_token_id, "bos_token_id": tokenizer.bos_token_id}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**VISION).to_dict(),
        text_config=LlamaConfig(
            vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id, **ids, **TEXT
        ).to_dict(),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    images = CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    processor = LlavaProcessor(
        images,
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=tokenizer.chat_template,
    )
    return LlavaForConditionalGeneration(config), processor


def gemma3():
    signs = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}
    tokenizer = tokenizer_with("<image_soft_token>", **signs)
    config = Gemma3Config(
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "head_dim": 16,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": tokenizer.bos_token_id,
        },
        vision_config=VISION,
        mm_tokens_per_image=4,
        boi_token_index=tokenizer.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=tokenizer.convert_tokens_to_ids("<end_of_image>"),
        image_token_index=tokenizer.convert_tokens_to_ids("<image_soft_token>"),
    )
    images = Gemma3ImageProcessorPil(size={"height": 32, "width": 32})
    processor = Gemma3Processor(
        images, tokenizer, image_seq_length=4, chat_template=tokenizer.chat_template
    )
    return Gemma3ForConditionalGeneration(config), processor


def qwen3_vl():
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
    from transformers.models.qwen3_vl.video_processing_qwen3_vl import Qwen3VLVideoProcessor

    signs = {
        "vision_start_token": "<|vision_start|>",
        "vision_end_token": "<|vision_end|>",
        "video_token": "<|video_pad|>",
    }
    tokenizer = tokenizer_with("<|image_pad|>", **signs)
    tokenizer.chat_template = TEMPLATE.replace(
        "IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"
    )
    config = Qwen3VLConfig(
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "head_dim": 16,
            "rope_parameters": {"rope_type": "default", "mrope_section": [4, 2, 2]},
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config=QWEN_VISION,
        tie_word_embeddings=True,
        **{f"{name}_id": tokenizer.convert_tokens_to_ids(sign) for name, sign in signs.items()},
        image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
    )
    size = {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}
    images = Qwen2VLImageProcessor(size=size, patch_size=16, temporal_patch_size=2, merge_size=2)
    processor = Qwen3VLProcessor(
        images, tokenizer, Qwen3VLVideoProcessor(), chat_template=tokenizer.chat_template
    )
    return Qwen3VLForConditionalGeneration(config), processor


def lfm2_vl():
    from transformers import Lfm2VlConfig, Lfm2VlForConditionalGeneration, Lfm2VlProcessor
    from transformers.models.lfm2_vl.image_processing_lfm2_vl import Lfm2VlImageProcessor

    signs = {
        "image_start_token": "<|image_start|>",
        "image_end_token": "<|image_end|>",
        "image_thumbnail_token": "<|img_thumbnail|>",
    }
    tokenizer = tokenizer_with("<image>", **signs)
    config = Lfm2VlConfig(
        text_config={
            "model_type": "lfm2",
            **TEXT,
            "vocab_size": len(tokenizer),
            "layer_types": ["conv", "full_attention"],
            "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        vision_config={
            "model_type": "siglip2_vision_model",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_patches": 16,
            "patch_size": 16,
            "vision_use_head": False,
        },
        projector_hidden_size=32,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    images = Lfm2VlImageProcessor(
        min_image_tokens=1, max_image_tokens=4, tile_size=64, do_image_splitting=False
    )
    processor = Lfm2VlProcessor(images, tokenizer, chat_template=tokenizer.chat_template)
    return Lfm2VlForConditionalGeneration(config), processor


def smolvlm():
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration, SmolVLMProcessor
    from transformers.models.smolvlm.image_processing_smolvlm import SmolVLMImageProcessor
    from transformers.models.smolvlm.video_processing_smolvlm import SmolVLMVideoProcessor

    tokenizer = tokenizer_with(
        tiny.IMAGE, fake_image_token=tiny.AROUND, global_image_token=tiny.GLOBAL
    )
    config = SmolVLMConfig(
        text_config={
            "model_type": "llama",
            **TEXT,
            "vocab_size": len(tokenizer),
            "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        vision_config=VISION,
        image_token_id=tokenizer.convert_tokens_to_ids(tiny.IMAGE),
    )
    edge = {"size": {"longest_edge": 32}, "max_image_size": {"longest_edge": 32}}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(do_image_splitting=False, **edge),
        tokenizer,
        SmolVLMVideoProcessor(
            **edge, video_sampling={"fps": 1, "max_frames": 1, "video_size": {"longest_edge": 32}}
        ),
        image_seq_len=4,
        chat_template=tokenizer.chat_template,
    )
    return SmolVLMForConditionalGeneration(config), processor


def idefics3(folder):
    tiny.build(folder, TEXTS, seed=1)


FAMILIES = {
    "llava": llava,
    "gemma3": gemma3,
    "smolvlm": smolvlm,
    "qwen3_vl": qwen3_vl,
    "lfm2_vl": lfm2_vl,
}


def main(family, folder):
    torch.manual_seed(1)
    if family == "idefics3":
        return idefics3(folder)
    model, processor = FAMILIES[family]()
    tokenizer = processor.tokenizer
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return None


main(sys.argv[1], Path(sys.argv[2]))
