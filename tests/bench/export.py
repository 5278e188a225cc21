"""How many samples a second an export writes beside a bare loop, and what memory it takes. Asserts nothing.

    python -m tests.bench.export [--samples 1000 100000] [--keep FOLDER]

Fills datasets of 1,000 and 100,000 samples, nine in ten with four values, into SQLite in a temporary data
folder (--keep: in this one, filled once) and writes their JSONL as the export does, without the image files:
every answer is rendered and read back. The bare loop reads the same columns by SQL, in chunks of the same
size, and makes a JSON line of each sample with the same library: it renders, checks and leaves out nothing.
Memory is the most that the process held, at a tenth of the samples and at the end: a flat one is the same
twice.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

from tests.bench.filling import fill

CHUNK = 500  # samples


def main():
    """Fill, export, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.keep or Path(folder)
        data.mkdir(parents=True, exist_ok=True)
        os.environ["DATA_DIR"] = str(data)
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        import annotator.wsgi  # noqa: F401  with the web server's settings of the garbage collector

        for number in options.samples:
            dataset = prepared(number)
            say(f"{number:,} samples")
            measure_export(dataset)
            measure_bare_loop(dataset)


def prepared(number):
    """The dataset of this size; a new one is filled."""
    from django.core.management import call_command

    from annotator.accounts.models import User, Workspace
    from annotator.datasets.models import Dataset

    call_command("migrate", verbosity=0)
    name = f"{number:,} samples"
    if not Dataset.objects.filter(name=name).exists():
        user, _ = User.objects.get_or_create(username="bench")
        workspace, _ = Workspace.objects.get_or_create(name="Bench")
        fill(workspace, user, number)
    return Dataset.objects.with_prompts().get(name=name)


def measure_export(dataset):
    """Print samples a second and megabytes."""
    from annotator.exports.formats.trl import TrlExport

    export = TrlExport(dataset)
    tenth = dataset.samples.count() // 10
    size_bytes, count = 0, 0
    with Stopwatch() as watch:
        for split in ("train", "test"):
            for line in export.lines(split):
                size_bytes += len(line)
                count += 1
                if count == tenth:
                    say(f"  {peak_mib():.0f} MiB at {count:,} lines")
    say(f"  {peak_mib():.0f} MiB at {count:,} lines, {size_bytes / 2**20:.0f} MiB of JSONL")
    watch.say("export", count + export.counts["left_out"])


def measure_bare_loop(dataset):
    """Print samples a second of reading the same rows and writing JSON."""
    size_bytes, count = 0, 0
    with Stopwatch() as watch:
        for line in bare_lines(dataset):
            size_bytes += len(line)
            count += 1
    watch.say("bare loop", count)


SAMPLES = """SELECT id, name, test, input_meta_data FROM datasets_sample
    WHERE dataset_id = %s AND removed_at IS NULL ORDER BY created_at, id"""
VALUES = """SELECT v.sample_id, d.name, v.value, v.set_by_id, v.set_at FROM datasets_variablevalue v
    JOIN datasets_variable d ON d.id = v.variable_id WHERE v.is_set AND v.sample_id IN ({})"""
IMAGES = """SELECT s.sample_id, i.sha256, i.name, i.path, i.source_sha256 FROM datasets_sampleimage s
    JOIN images_image i ON i.id = s.image_id WHERE s.sample_id IN ({}) ORDER BY s."order" """


def bare_lines(dataset):
    """A JSON line of each sample, read by SQL."""
    from django.db import connection

    key = dataset.pk.hex if connection.vendor == "sqlite" else dataset.pk
    with connection.cursor() as cursor:
        cursor.execute(SAMPLES, [key])
        samples = cursor.fetchall()
        for start in range(0, len(samples), CHUNK):
            chunk = samples[start : start + CHUNK]
            ids = [row[0] for row in chunk]
            values, images = (grouped(cursor, sql, ids) for sql in (VALUES, IMAGES))
            for sample, name, _, metadata in chunk:
                given = {row[0]: json.loads(row[1]) for row in values.get(sample, ())}
                record = {
                    "id": str(sample),
                    "name": name,
                    "metadata": json.loads(metadata),
                    "images": images.get(sample, []),
                    "answer": json.dumps(given, ensure_ascii=False),
                }
                yield json.dumps(record, ensure_ascii=False).encode()


def grouped(cursor, sql, ids):
    """The rows of some samples, by sample."""
    cursor.execute(sql.format(", ".join(["%s"] * len(ids))), ids)
    rows = {}
    for sample, *columns in cursor.fetchall():
        rows.setdefault(sample, []).append(columns)
    return rows


class Stopwatch:
    """Measures a block: seconds on the clock and of the processor."""

    def __enter__(self):
        self.started, self.worked = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self.started
        self.cpu_seconds = time.process_time() - self.worked

    def say(self, what, count):
        """Print the rate."""
        say(
            f"  {what}: {count / self.seconds:,.0f} samples/s in {self.seconds:.1f} s; "
            f"{count / self.cpu_seconds:,.0f} for a second of the processor"
        )


def peak_mib():
    """The most memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(line):
    """One line, at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
