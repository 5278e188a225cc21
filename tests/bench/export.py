"""How many samples a second an export writes, and what memory it takes. Nothing is asserted.

    python -m tests.bench.export [--samples 100000] [--keep FOLDER]

Fills a dataset of 100,000 samples, nine in ten with four values, into SQLite in a temporary data folder
(--keep: in this one, filled once) and writes its lines as the export does, without the image files. Memory
is the most that the process held, at a tenth of the samples and at the end: a flat one is the same twice.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from tests.bench.filling import fill


def main():
    """Fill, export, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.keep or Path(folder)
        data.mkdir(parents=True, exist_ok=True)
        os.environ["DATA_DIR"] = str(data)
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        import annotator.wsgi  # noqa: F401  with the web server's settings of the garbage collector

        measure(prepared(options.samples))


def prepared(number):
    """The dataset; a new database is filled."""
    from django.core.management import call_command

    from annotator.accounts.models import User, Workspace
    from annotator.datasets.models import Dataset

    call_command("migrate", verbosity=0)
    if not Dataset.objects.exists():
        user = User.objects.create_user("bench")
        fill(Workspace.objects.create(name="Bench"), user, number)
    return Dataset.objects.with_prompts().first()


def measure(dataset):
    """Print samples a second and megabytes."""
    from annotator.exports.formats.trl import TrlExport

    export = TrlExport(dataset)
    tenth = dataset.samples.count() // 10
    started, worked, size_bytes, count = time.perf_counter(), time.process_time(), 0, 0
    for split in ("train", "test"):
        for line in export.lines(split):
            size_bytes += len(line)
            count += 1
            if count == tenth:
                say(f"{peak_mib():.0f} MiB at {count:,} lines")
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    read = count + export.counts["left_out"]
    say(f"{peak_mib():.0f} MiB at {count:,} lines, {size_bytes / 2**20:.0f} MiB")
    say(f"{read / seconds:,.0f} samples/s; {read / cpu_seconds:,.0f} for a second of the processor")


def peak_mib():
    """The most memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(line):
    """One line, at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
