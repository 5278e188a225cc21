"""Makes pictures and a CSV to try `load_samples.py` with:

python docs/make_pictures.py FOLDER [COUNT]     FOLDER/*.jpg of about 100 KB each, FOLDER/pictures.csv
"""

import csv
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

folder, count = Path(sys.argv[1]), int([*sys.argv, "1000"][2])
generator = random.Random(count)
folder.mkdir(parents=True, exist_ok=True)
with (folder / "pictures.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["file", "grade", "condition"])
    for number in range(count):
        grade, color = generator.randrange(2, 21) / 2, generator.randbytes(3)
        noise = Image.effect_noise((640, 480), 30).convert("RGB")
        picture = Image.blend(noise, Image.new("RGB", noise.size, tuple(color)), 0.6)
        ImageDraw.Draw(picture).text((20, 20), f"Card {number}: {grade}", font_size=48)
        picture.save(folder / f"{number:04}.jpg", quality=90)
        table.writerow([f"{number:04}.jpg", grade, "mint" if grade > 8 else "good"])
