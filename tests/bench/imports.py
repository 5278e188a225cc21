"""How fast pictures are imported, and what memory that takes. A command of its own; nothing is asserted.

    python -m tests.bench.imports [--pictures 1000] [--heavy]

Imports ordinary JPEGs of about 100 KB into SQLite in a temporary data folder, between two runs of a bare
Pillow loop that decodes each, encodes it again and makes its thumbnail, and prints pictures a second, the
processor's time for each, and the ratio of both to the loop. --heavy reads large pictures instead. Memory is
the largest resident size (MiB) of this process beyond what it had before, and of its child processes.
"""

import argparse
import io
import os
import random
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import partial

import psutil
from PIL import Image
from pillow_heif import register_heif_opener

MIB = 2**20
LOOK_SECONDS = 0.01
LIST_EVERY = 25  # looks: to list child processes costs far more than to ask for their size


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--heavy", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "annotator.settings"}
        import django

        django.setup()
        if options.heavy:
            measure_heavy()
        else:
            measure_rate(options.pictures)


def measure_rate(count) -> None:
    """The import between two bare loops."""
    files = {f"photos/{number}.jpg": photo(number) for number in range(count)}
    size = sum(map(len, files.values())) / count
    say(f"{count} JPEGs of {size / 1000:.0f} kB")
    wait = prepared_import(files)
    loops = [measured("bare Pillow loop", count, partial(bare_loop, files.values()))]
    ours = measured("import", count, wait)
    loops.append(measured("bare Pillow loop", count, partial(bare_loop, files.values())))
    for name, index in (("clock", 0), ("processor", 1)):
        loop = sum(each[index] for each in loops) / 2
        say(f"import / bare loop, by the {name}: {ours[index] / loop:.2f}")


def photo(seed, width=1000, height=750) -> bytes:
    """A JPEG with noise like a camera's; another seed gives another picture."""
    rng = random.Random(seed)
    small = Image.frombytes("RGB", (50, 38), rng.randbytes(50 * 38 * 3))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    noise = Image.effect_noise((width, height), 22).convert("RGB")
    out = io.BytesIO()
    Image.blend(image, noise, 0.16).save(out, "JPEG", quality=82)
    return out.getvalue()


def bare_loop(pictures) -> None:
    """What must be done at the least."""
    for data in pictures:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            image.save(io.BytesIO(), "JPEG", qtables=image.quantization, optimize=True)
            image.thumbnail((512, 512), reducing_gap=2.0)
            image.save(io.BytesIO(), "WEBP", quality=78, method=2)


def prepared_import(files):
    """A function that reads an import whose files have been received."""
    from django.core.management import call_command

    from annotator.accounts.models import Workspace
    from annotator.datasets.models import Dataset
    from annotator.imports import actions, reading

    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Bench")
    dataset = Dataset.objects.create(workspace=workspace, name="Photos")
    image_import = actions.begin(dataset, by=None)
    for path, data in files.items():
        actions.receive(image_import, path=path, chunks=[data])
    actions.start(image_import, by=None)

    def read() -> None:
        while reading.work(image_import, seconds=20):
            pass
        assert dataset.samples.count() == len(files)

    return read


def measure_heavy() -> None:
    """Large pictures, one at a time, in the most expensive forms."""
    from annotator.errors import BadInput
    from annotator.images import files
    from annotator.images.reading import read_picture

    def read(data) -> None:
        try:
            files.store(read_picture(data))
        except BadInput as refusal:
            say(f"refused: {refusal}")

    for title, data in heavy_pictures():
        measured(f"{title}, {len(data) / MIB:.1f} MiB", 1, partial(read, data))


def heavy_pictures():
    """(what it is, its bytes) of each."""
    register_heif_opener(thumbnails=False)
    tile = Image.effect_noise((512, 512), 22)

    def tiled(mode, width, height):
        row = Image.new(mode, (width, 512))
        for x in range(0, width, 512):
            row.paste(tile.convert(mode), (x, 0))
        image = Image.new(mode, (width, height))
        for y in range(0, height, 512):
            image.paste(row, (0, y))
        return image

    def encoded(image, kind, **options):
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    yield "JPEG 12 MP", encoded(tiled("RGB", 4000, 3000), "JPEG", quality=80)
    yield "JPEG 50 MP", encoded(tiled("RGB", 8160, 6120), "JPEG", quality=60)
    yield "RGBA PNG 50 MP", encoded(Image.new("RGBA", (8160, 6120), (9, 99, 200, 128)), "PNG")
    flat = Image.new("RGB", (8160, 6120), "teal")
    yield "AVIF 50 MP", encoded(flat, "AVIF", quality=50, speed=10)
    yield "HEIC 50 MP", encoded(flat, "HEIF", quality=50)
    large = Image.new("RGB", (16384, 12500), "teal")
    yield "JPEG 205 MP", encoded(large, "JPEG", quality=50)
    yield (
        "progressive JPEG 205 MP 4:4:4",
        encoded(large, "JPEG", quality=50, progressive=True, subsampling=0),
    )


def measured(title, count, work):
    """(seconds by the clock, by the processor) that `work` took; prints them and the memory."""
    process = psutil.Process()
    before, started, cpu = process.memory_info().rss, time.perf_counter(), processor_seconds()
    with watched(process) as peak:
        work()
    clock, cpu = time.perf_counter() - started, processor_seconds() - cpu
    say(
        f"{title}: {count / clock:.1f} a second, {cpu / count * 1000:.1f} ms of the processor each;"
        f" memory +{(peak['self'] - before) / MIB:.0f} MiB, children {peak['children'] / MIB:.0f} MiB"
    )
    return clock, cpu


def processor_seconds() -> float:
    """Of this process and all children, those that run included."""
    process = psutil.Process()
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total


@contextmanager
def watched(process):
    """The largest resident sizes in bytes while the block runs, looked at every LOOK_SECONDS."""
    peak = {"self": 0, "children": 0}
    done = threading.Event()

    def look() -> None:
        looks, children = 0, []
        while not done.wait(LOOK_SECONDS):
            if looks % LIST_EVERY == 0:
                children = process.children(recursive=True)
            looks += 1
            peak["self"] = max(peak["self"], size_of(process))
            peak["children"] = max(peak["children"], sum(map(size_of, children)))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def size_of(process) -> int:
    """Resident bytes; 0 for one that has ended."""
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def say(line) -> None:
    """Show a line at once."""
    print(line, flush=True)  # noqa: T201  a command's output


if __name__ == "__main__":
    main()
