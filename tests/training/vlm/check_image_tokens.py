"""Compares our numbers of image tokens with transformers' own image processors (training environment)."""

from importlib.util import find_spec

from PIL import Image
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from annotator.training.image_tokens import image_tokens

SIZES = [(64, 48), (300, 1000), (1200, 900), (900, 1200), (4000, 3000), (517, 511)]
SMOLVLM = {"vision_config": {"image_size": 512, "patch_size": 16}, "scale_factor": 4}
SPLIT = {"size": {"longest_edge": 2048}, "max_image_size": {"longest_edge": 512}}
QWEN = {"patch_size": 16, "size": {"shortest_edge": 65_536, "longest_edge": 1_000_000}}

pieces = Idefics3ImageProcessorPil(do_image_splitting=True, **SPLIT)
blocks = Qwen2VLImageProcessorPil(merge_size=2, **QWEN)
for width, height in SIZES:
    picture = Image.new("RGB", (width, height))
    made = pieces([[picture]], return_tensors="np")["pixel_values"].shape[1]
    assert image_tokens("idefics3", SMOLVLM, SPLIT, width, height) == 64 * made, (width, height)
    _, rows, columns = blocks([picture], return_tensors="np")["image_grid_thw"][0].tolist()
    ours = image_tokens("qwen3_vl", {}, QWEN, width, height)
    assert ours == rows * columns // 4, (width, height, ours, rows, columns)

if find_spec("torchvision"):
    from transformers.models.lfm2_vl.image_processing_lfm2_vl import Lfm2VlImageProcessor

    tiles = Lfm2VlImageProcessor()
    for width, height in SIZES:
        shapes = tiles([[Image.new("RGB", (width, height))]], return_tensors="np")["spatial_shapes"]
        made = sum((rows // 2) * (columns // 2) for rows, columns in shapes.tolist())
        ours = image_tokens("lfm2_vl", {}, {}, width, height)
        assert ours == made, (width, height, ours, made)
